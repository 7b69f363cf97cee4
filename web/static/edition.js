// Whoever comes to the first page with a browser in the language of the other edition is told of that.
document.addEventListener("DOMContentLoaded", () => {
  const isChinese = (language) => language.startsWith("zh");
  if (isChinese(navigator.language) !== isChinese(document.documentElement.lang))
    document.querySelector(".other-edition[data-first]")?.classList.add("suggested");
});
