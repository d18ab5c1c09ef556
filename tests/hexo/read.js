// Posts in (a JSON array of texts on stdin), what Hexo's own front-matter reader makes of each out (a JSON array on stdout).
const { parse } = require("hexo-front-matter");

let input = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (piece) => (input += piece));
process.stdin.on("end", () => {
  const read = JSON.parse(input).map((text) => {
    try {
      return parse(text);
    } catch (error) {
      return { error: String(error) };
    }
  });
  process.stdout.write(JSON.stringify(read));
});
