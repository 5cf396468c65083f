"""Prints the conformance table; exit status 1 if a word of the language has no proved claim."""

from __future__ import annotations

import os
import sys
from multiprocessing import Pool

from conformance import language
from conformance.cases import all_cases
from conformance.proof import prove
from conformance.table import rows


def main() -> int:
    with Pool(os.cpu_count()) as pool:
        proofs = [proof for found in pool.imap(prove, all_cases(), chunksize=1) for proof in found]
    table = rows(proofs)
    width = max(len(row.word) for row in table)
    for row in table:
        sys.stdout.write(f"{row.word:<{width}}  {row.verdict:<10}  {row.case}\n")
    for word, issue in sorted(language.later().items()):
        sys.stdout.write(f"{word:<{width}}  not built yet: issue {issue}\n")
    missing = [row for row in table if not row.is_proved]
    sys.stdout.write(
        f"{len(table)} words, {len(table) - len(missing)} proved, {len(missing)} not; "
        f"{len(language.later())} not built yet\n"
    )
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
