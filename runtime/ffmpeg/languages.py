"""Codes of languages: which two mean the same one. Pure.

Files name a language by ISO 639-2 (`nld`, or `dut` in older ones), people by ISO 639-1 (`nl`), and either may
be followed by a region (`pt-BR`). The table is ISO 639-2's list of languages that have several codes,
with the two that were withdrawn, and the names under which most of a language goes: Bokmål of Norwegian,
Mandarin of Chinese, Filipino of Tagalog.
"""

from __future__ import annotations

import re

_SAME = """
aa=aar ab=abk ae=ave af=afr ak=aka am=amh an=arg ar=ara as=asm av=ava ay=aym az=aze ba=bak be=bel bg=bul
bh=bih bi=bis bm=bam bn=ben bo=bod=tib br=bre bs=bos ca=cat ce=che ch=cha co=cos cr=cre cs=ces=cze
cu=chu cv=chv cy=cym=wel da=dan de=deu=ger dv=div dz=dzo ee=ewe el=ell=gre en=eng eo=epo es=spa et=est
eu=eus=baq fa=fas=per ff=ful fi=fin fj=fij fo=fao fr=fra=fre fy=fry ga=gle gd=gla gl=glg gn=grn gu=guj
gv=glv ha=hau he=heb hi=hin ho=hmo hr=hrv=scr ht=hat hu=hun hy=hye=arm hz=her ia=ina id=ind ie=ile ig=ibo
ii=iii ik=ipk io=ido is=isl=ice it=ita iu=iku ja=jpn jv=jav ka=kat=geo kg=kon ki=kik kj=kua kk=kaz
kl=kal km=khm kn=kan ko=kor kr=kau ks=kas ku=kur kv=kom kw=cor ky=kir la=lat lb=ltz lg=lug li=lim ln=lin
lo=lao lt=lit lu=lub lv=lav mg=mlg mh=mah mi=mri=mao mk=mkd=mac ml=mal mn=mon mr=mar ms=msa=may mt=mlt
my=mya=bur na=nau nd=nde ne=nep ng=ndo nl=nld=dut nn=nno no=nor=nb=nob nr=nbl nv=nav ny=nya oc=oci
oj=oji om=orm or=ori os=oss pa=pan pi=pli pl=pol ps=pus pt=por qu=que rm=roh rn=run ro=ron=rum ru=rus
rw=kin sa=san sc=srd sd=snd se=sme sg=sag si=sin sk=slk=slo sl=slv sm=smo sn=sna so=som sq=sqi=alb
sr=srp=scc ss=ssw st=sot su=sun sv=swe sw=swa ta=tam te=tel tg=tgk th=tha ti=tir tk=tuk tl=tgl=fil
tn=tsn to=ton tr=tur ts=tso tt=tat tw=twi ty=tah ug=uig uk=ukr ur=urd uz=uzb ve=ven vi=vie vo=vol wa=wln
wo=wol xh=xho yi=yid yo=yor za=zha zh=zho=chi=cmn zu=zul
"""

_FIRST = {code: row.split("=")[0] for row in _SAME.split() for code in row.split("=")}
_THREE = {codes[0]: codes[1] for row in _SAME.split() if len((codes := row.split("="))[0]) == 2}


def nearness(wanted: str, found: str | None) -> int:
    """How well a stream's language fits a wanted one: 0 not at all, 2 is best.

    `nl` is `dut`; `pt-BR` is best by `pt-BR`, and `por` or `pt-PT` come after it.
    """
    if found is None:
        return 0
    language, _, region = _parts(wanted)
    its_language, _, its_region = _parts(found)
    if language != its_language:
        return 0
    return 2 if not region or region == its_region else 1


def shortest(code: str) -> str:
    """A language's code of two letters where it has one, without its region."""
    return _parts(code)[0]


def three_letters(code: str | None) -> str:
    """A language's code by ISO 639-2, `und` where none is known."""
    language = shortest(code) if code else ""
    return _THREE.get(language, language if re.fullmatch("[a-z]{3}", language) else "und")


def _parts(code: str) -> tuple[str, str, str]:
    language, dash, region = code.strip().lower().replace("_", "-").partition("-")
    return _FIRST.get(language, language), dash, region
