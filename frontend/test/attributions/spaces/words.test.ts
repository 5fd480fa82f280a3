import assert from "node:assert/strict";
import { test } from "node:test";
import {
  conventionOf,
  excerpt,
  paddingOf,
  tokensAsWords,
  wholeWords,
} from "../../../src/panels/attributions/text/words";

const texts = (tokens: string[], merged = true) => {
  const read = merged ? wholeWords : tokensAsWords;
  return read(tokens, conventionOf([tokens])).map(({ text }) => text);
};

test("word pieces become the words they are of", () => {
  assert.deepEqual(texts(["[CLS]", "un", "##believ", "##able", "!", "[SEP]"]), [
    "[CLS]",
    "unbelievable",
    "!",
    "[SEP]",
  ]);
});

test("tokens without the mark of a beginning go on with the word before", () => {
  assert.deepEqual(texts(["<s>", "The", "Ġpr", "ize", ",", "Ġnow", "</s>"]), [
    "<s>",
    "The",
    "prize",
    ",",
    "now",
    "</s>",
  ]);
  assert.deepEqual(texts(["▁Das", "▁Gut", "schein", "▁ist"]), ["Das", "Gutschein", "ist"]);
});

test("byte-level tokens are read as the text that their bytes spell", () => {
  assert.deepEqual(texts(["Die", "ĠgrÃ¶ÃŁ", "te", "ĠStadt", "Ċ"], false), [
    "Die",
    "größ",
    "te",
    "Stadt",
    "⏎",
  ]);
  assert.deepEqual(
    texts(["Ġgr", "Ã", "¶"], false),
    ["gr", "Ã", "¶"],
    "half a letter stays as it is",
  );
});

test("a merged word of byte-level tokens is whole, also where a letter lies across two", () => {
  assert.deepEqual(texts(["ĠgrÃ", "¶ÃŁe"]), ["größe"]);
});

test("unmerged, a token stands right behind the one it goes on with", () => {
  const tokens = tokensAsWords(["win", "##ner", "takes"], "##");
  assert.deepEqual(
    tokens.map(({ text, joined }) => [text, joined]),
    [
      ["win", false],
      ["ner", true],
      ["takes", false],
    ],
  );
});

test("whole words have no convention, and stay apart", () => {
  assert.deepEqual(texts(["free", "prize"]), ["free", "prize"]);
});

test("a merged word knows its tokens", () => {
  const [, word] = wholeWords(["a", "win", "##ner"], "##");
  assert.deepEqual([word.start, word.end, word.raw], [1, 3, "win ##ner"]);
});

test("a token of nothing but space or marks is shown as what it is", () => {
  assert.deepEqual(texts(["Ġ", "Ġa"], false), ['"Ġ"', "a"]);
  assert.deepEqual(texts(["a", "##"], false), ["a", "##"]);
  assert.deepEqual(texts([""], false), ['""']);
});

test("special tokens at the end are padding where they are several, or say so", () => {
  const padding = (tokens: string[]) => paddingOf(tokensAsWords(tokens, "none"));
  assert.equal(padding(["a", "[SEP]", "[PAD]", "[PAD]"]), 2);
  assert.equal(padding(["a", "[SEP]", "<pad>"]), 1);
  assert.equal(padding(["a", "[SEP]"]), 0);
  assert.equal(padding(["a", "a"]), 0);
  assert.equal(padding([]), 0);
});

test("an excerpt begins at the start if the word that counts fits, else around it", () => {
  const sizes = [10, 10, 10, 10, 10, 10];
  assert.deepEqual(excerpt(sizes, 60, 5), [0, 6]);
  assert.deepEqual(excerpt(sizes, 30, 1), [0, 3]);
  assert.deepEqual(excerpt(sizes, 40, 5), [3, 6]);
  assert.deepEqual(excerpt(sizes, 5, 4), [4, 5], "one word is shown, however narrow it is");
  assert.deepEqual(excerpt([], 40, 0), [0, 0]);
});
