export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button")
  const field = parentElement.querySelector("input")
  const said = parentElement.querySelector("[role=status]")
  button.title = data.refusal || "Copy the link of what is seen now"
  field.hidden = true
  said.textContent = ""

  const link = () => {
    const here = new URL(window.location.href)
    if (!here.searchParams.has("dataset")) here.searchParams.set("dataset", data.dataset)
    return here.href
  }
  const onlyHere = () => ["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname)
  // The same words twice are read out once; an empty text between them makes them new. What is done is gone after a
  // while, so that it lies over nothing.
  let timer
  const say = (text, done) => {
    clearTimeout(timer)
    said.textContent = ""
    setTimeout(() => { said.textContent = text }, 30)
    if (done) timer = setTimeout(() => { said.textContent = ""; field.hidden = true }, 6000)
  }

  // Where the clipboard is closed to pages (no https, or not allowed): the old way, and else the visitor's own hand.
  const fromField = (text) => {
    field.hidden = false
    field.value = text
    field.focus()
    field.select()
    return document.execCommand("copy")
  }
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      return fromField(text)
    }
  }
  const offered = async (url) => {
    if (!navigator.share || !window.matchMedia("(pointer: coarse)").matches) return false
    try {
      await navigator.share({ title: document.title, url })
      return true
    } catch (problem) {
      return problem.name === "AbortError"  // the visitor closed the telephone's own menu
    }
  }

  button.onclick = async () => {
    if (data.refusal) return say(data.refusal, true)
    const url = link()
    if (await offered(url)) return
    const copied = await copy(url)
    const where = onlyHere() ? " It opens on this computer only." : ""
    say(copied ? `Link copied.${where}` : "Copy the link from the field.", copied)
  }
  return () => {
    clearTimeout(timer)
    button.onclick = null
  }
}
