"""Minimal workbooks, written without a library for them."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib
from collections.abc import Sequence
from html import escape

# Two students in Excel's format of 1997, which only another library could write (deflate, base 85).
_XLS = (
    "c-rk)OK1~O6g_Y9kNKMltx!V2s<n$G-PlDN6|^fuwH2!tG_|QnODc&Q1+`kUDvBToikm_~M5wy)gD&jOg;24Jf*>@ylr99NE}D$@"
    "-I<B0X3>BaD|3dqzjyC_Z{~ex-p&RWCLcEx@C!O&K}mJNUSSh-y9^}&Dpyr08r(^@YGPf%<)n_Z+wj8s#v%Jq_ICja9$9CI0w3w_"
    "#~CC?GwH}0Vh^_=C1e{qhzi^#ix2hOsu0tYOgA!p$eu5m?qbU|rXA$FAdX@-k!;zikK#V1iOYPDd7pC3d$z<-hu3lxU%DYQUmJF3"
    "Pp3xy&4Na&2UDPa>q=+R+0@7a!qkCN_@+jHuf|M$6*28=YZoB<_my@>75h!a3XDNL!2>)G4<c4sq6lyAp`K-2APcZTS|H|*czdl7"
    "53U!JGZRZaWEncfY%zE5q6K0i=kNCog@E?<Xe=6wN26`TiN#_xLZZ>Q6lFch#T>EZsij+0oa23E=eS$0_q;v?R;&+Ro;Mz%gYdH)"
    "<k=IT9bozXmv{RIx)aCQGRAv?wsUNe4+|BSWdsHLxWvL#mb7rh4yIQ)>t>c4n1*T06L0RW(}jKG>~ob%o2i~Q##~}+g}jaA{O1GD"
    "8uOnL+ex18Dx42b&nG6)L_66a#mj3Pt)f-jxh?TLVQ`_ZG9Q@M|F+^dm4M!MRo@={D8kKRkg2B0w<F4$qQ5Imvyf)dbBQXs1n08q"
    "{(^Ja%9_k&FKaTFL(ipD$)#{Er|z%ynyakIT<)@F<myyHcp?L7P5lWsOqeiX!h{JECQPhX2tJc)=Wuz>wCQJjhyGuuNO#HnP4eI3"
    "AV%prOCP3tks+SNxthk$CfJ0LORO@+_+Kb-m}<{r7z5mn;hM)UeWQuW=UH`N;LlB=TI(;>($2qJ{|`8M;1&"
)

Cell = str | int | float
Rows = Sequence[Sequence[Cell]]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def xlsx(*sheets: Rows, names: Sequence[str] = (), merged: str = "", extra: str = "") -> bytes:
    """Return a workbook of these sheets; `extra` is XML to insert after the first sheet's rows."""
    names = names or [f"Sheet{number}" for number in range(1, len(sheets) + 1)]
    entries = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    merges = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
    }
    for number, rows in enumerate(sheets, 1):
        body = "".join(_row(at, row) for at, row in enumerate(rows, 1)) + (extra if number == 1 else "")
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData>{merges if number == 1 else ""}</worksheet>'
        )
    return zipped(parts)


def ods(rows: Rows) -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(
        "<table:table-row>" + "".join(_ods_cell(cell) for cell in row) + "</table:table-row>" for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0" '
        f'xmlns:text="{office}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="名单">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entries = "".join(
        f'<m:file-entry m:full-path="{path}" m:media-type="{media}"/>'
        for path, media in (("/", kind), ("content.xml", "text/xml"))
    )
    manifest = f'<m:manifest xmlns:m="{space}">{entries}</m:manifest>'
    return zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def xls() -> bytes:
    """Return a workbook with the sheet 名单: 王小明 and 李雷, serials 1 and 2, of class 一班."""
    return zlib.decompress(base64.b85decode(_XLS))


def zipped(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def html(rows: Rows, encoding: str = "utf-8") -> bytes:
    """Return an HTML table, which many web systems send as .xls."""
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    head = f'<html><head><meta charset="{encoding}"><style>td {{ mso-number-format:"\\@" }}</style></head>'
    return f"{head}<body><table border=1>{body}</table></body></html>".encode(encoding)


def xml_2003(rows: Rows, before: str = "") -> bytes:
    cells = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="{_type(c)}">{escape(str(c))}</Data></Cell>' for c in row) + "</Row>"
        for row in rows
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="S"><Table>{cells}</Table></Worksheet></Workbook>'
    ).encode()


def _type(cell: Cell) -> str:
    return "String" if isinstance(cell, str) else "Number"


def _row(at: int, row: Sequence[Cell]) -> str:
    cells = "".join(_cell(f"{chr(64 + place)}{at}", cell) for place, cell in enumerate(row, 1) if cell != "")
    return f'<row r="{at}">{cells}</row>'


def _cell(reference: str, cell: Cell) -> str:
    if isinstance(cell, str) and cell.startswith("="):
        formula, _, value = cell[1:].partition("|")
        return f'<c r="{reference}" t="str"><f>{escape(formula)}</f><v>{escape(value)}</v></c>'
    if isinstance(cell, str):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{reference}"><v>{cell}</v></c>'


def _ods_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
    return (
        f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    )
