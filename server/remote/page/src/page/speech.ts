/** Speaks the hints: the rear camera turns the screen away from the student. Browsers allow it after a first tap. */

const LANGUAGES: Record<string, string> = { zh_CN: "zh-CN", en: "en-US" };

export class Speech {
  on = true;
  private last = "";

  constructor(private language: string) {}

  get available(): boolean {
    return "speechSynthesis" in globalThis;
  }

  /** Call it in a handler of a tap: it unlocks the voice. */
  start(): void {
    if (this.available) speechSynthesis.speak(new SpeechSynthesisUtterance(""));
  }

  /** Speak a sentence if it differs from the last one; what is still being spoken ends. */
  say(sentence: string): void {
    if (sentence === this.last) return;
    this.last = sentence;
    if (!this.on || !this.available) return;
    const utterance = new SpeechSynthesisUtterance(sentence);
    utterance.lang = LANGUAGES[this.language] ?? this.language;
    speechSynthesis.cancel();
    speechSynthesis.speak(utterance);
  }

  stop(): void {
    this.last = "";
    if (this.available) speechSynthesis.cancel();
  }
}
