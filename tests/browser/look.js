// What is wrong with how a page is laid out, as a list of words: text that is cut off, outside, or over other text.
(() => {
  const SLACK = 2;
  const found = [];
  const boxes = [];
  const visible = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const apart = (element) => element.closest(".skip, .unseen");

  function limits(element) {
    for (let above = element; above; above = above.parentElement) {
      const {overflowX, position} = getComputedStyle(above);
      if (["auto", "scroll"].includes(overflowX)) return null;
      if (["hidden", "clip"].includes(overflowX)) return above.getBoundingClientRect();
      if (position === "fixed") return null;
    }
    return {left: 0, right: document.documentElement.clientWidth};
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || !visible(element) || apart(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const limit = limits(element);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      if (limit && (box.left < limit.left - SLACK || box.right > limit.right + SLACK)) {
        found.push(`cut off: ${node.data.trim()}`);
      }
      boxes.push({box, element, words: node.data.trim()});
    }
  }
  boxes.forEach((one, place) => {
    for (const two of boxes.slice(place + 1)) {
      if (one.element === two.element) continue;
      const width = Math.min(one.box.right, two.box.right) - Math.max(one.box.left, two.box.left);
      const height = Math.min(one.box.bottom, two.box.bottom) - Math.max(one.box.top, two.box.top);
      // Lines of text stand closer than their boxes are high.
      if (width > SLACK && height > one.box.height / 2) found.push(`one over the other: ${one.words} | ${two.words}`);
    }
  });
  const {scrollWidth, clientWidth} = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`scrolls sideways: ${scrollWidth} of ${clientWidth}`);
  return found;
})()
