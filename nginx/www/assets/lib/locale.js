/** The language that dates and numbers are written in: the page's, in the person's own notation where they have one. */
export function locale() {
  const page = document.documentElement.lang || "en";
  const language = page.split("-")[0];
  return navigator.languages.find((each) => each.split("-")[0] === language) ?? page;
}
