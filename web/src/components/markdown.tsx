// Markdown that somebody else wrote: rendered, then stripped of everything that could act.
import DOMPurify from "dompurify";
import { marked } from "marked";

const ALLOWED_TAGS = [
  "a", "b", "blockquote", "br", "code", "del", "details", "em", "h1", "h2", "h3", "h4", "h5", "h6",
  "hr", "i", "li", "ol", "p", "pre", "s", "strong", "sub", "summary", "sup", "table", "tbody", "td",
  "th", "thead", "tr", "ul",
];

export default function Markdown({ text }: { text: string }) {
  const html = marked.parse(text, { async: false, gfm: true });
  const clean = DOMPurify.sanitize(html, {
    ALLOWED_TAGS,
    ALLOWED_ATTR: ["href", "title", "align", "start"],
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#)/i,
    ADD_ATTR: [],
  });
  // Headings of a description stand below the page's own.
  return <div class="markdown" dangerouslySetInnerHTML={{ __html: clean }} />;
}
