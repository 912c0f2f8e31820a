/** The document that the server sends for this page (server/remote/guide_document.py, server/remote/README.md). */
import type { Assets } from "../nets";
import { request } from "../upload/send";
import type { Rule } from "../verdict";

export type Source = "stream" | "camera_app" | "album";

export interface GuideDocument {
  language: string;
  rules: Record<string, Rule>;
  hints: Record<string, string>;
  texts: Record<string, string>;
  assets: Assets | null;
  limits: {
    min_stream: number;
    stream: [number, number];
    analyzed: number;
    proof: number;
    proof_bytes: number;
    proof_quality: number;
    photo_quality: number;
    photo_bytes: number;
  };
}

/** The page's element with its addresses, and the document. */
export class Page {
  private constructor(readonly root: HTMLElement, readonly document: GuideDocument) {}

  static async load(root: HTMLElement): Promise<Page> {
    const address = root.dataset["tables"] ?? "";
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${String(answer.status)} ${address}`);
    return new Page(root, (await answer.json()) as GuideDocument);
  }

  /** An address or setting from the element's data attributes. */
  data(name: string): string {
    return this.root.dataset[name] ?? "";
  }

  get sources(): Source[] {
    return this.data("sources").split(" ").filter(Boolean) as Source[];
  }

  text(name: string, values: Record<string, string | number> = {}): string {
    const sentence = this.document.texts[name] ?? name;
    return sentence.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
  }

  /** Take a new token from the page's address: signing in again, as in another tab, ends the one that came with this
   *  page. Whatever does not contain one, such as the sign-in page, changes nothing. */
  async renewToken(): Promise<void> {
    const answer = await request(location.href, { redirect: "follow", cache: "no-store" }).catch(() => null);
    const text = await answer?.text().catch(() => "");
    const fresh = new DOMParser().parseFromString(text ?? "", "text/html").getElementById(this.root.id);
    if (fresh?.dataset["csrf"]) this.root.dataset["csrf"] = fresh.dataset["csrf"];
  }

  get sendOptions() {
    return { csrf: this.data("csrf"), language: this.document.language };
  }
}
