"""All wording of the pages about cases, in Japanese."""

from __future__ import annotations

TITLE = "台帳"
LEAD = "同じ方の用紙は、通し番号・名簿・確かめた結びつきでまとめています。氏名だけではまとめません。"
FIND = "番号で探す"
FIND_HINT = "用紙の通し番号、名簿の対象者番号、記録IDのどれか。"
FIND_DO = "探す"
NOT_FOUND = "その番号の用紙も方も見つかりません。数字と検査文字を確かめてください。"
CHOICES = "同じ番号の用紙が複数あります。選んでください"
SEVERAL = "同じ番号の用紙が複数あります。様式ID/番号の形か、記録IDで入れてください。"
OUTSTANDING = "返事を待つ連絡票"
TICKETS = "手交の入力を待つチケット"
VISITS = "訪問の対象の方"
NONE = "ありません。"
NUMBER, SENT, DAYS, OPEN = "番号", "連絡日", "日数", "開く"
PRINTED, DISTRICT, CHARGE, LAST = "刷った日", "地区", "担当者", "最後の訪問"
MORE = "ほかにもあります。報告の一覧で見てください。"

CASE = "この方の用紙と入力"
SHEETS = "届いた用紙"
ISSUED = "刷った用紙"
ENTRIES = "手で入力したこと"
FORM, ARRIVED, STATE, ISSUED_ON, REASON = "様式", "届いた日", "状態", "刷った日", "理由"
SETTLED, WAITING = "確定", "確認待ち"
DAY, SAID, BY, AT, ACTION = "日付", "内容", "入力した人", "入力した時刻", "操作"
ACTIONS = {"enter": "入力", "correct": "訂正", "withdraw": "取り消し"}
HISTORY = "履歴"
CORRECT = "直す"
WITHDRAW = "取り消す"
ADD = "入力する"
ADD_KIND = "新しい入力"
SAVE = "保存する"
WITHOUT = "（なし）"
ON_SHEET = "どの用紙か"
SAVED = "保存しました。"
STALE = "ほかの人が先に直しました。今の内容を確かめて、もう一度入れてください。"

PRINTS = "この方のために刷る"
REPLY = "連絡票2を刷る"
REPLY_LEAD = "連絡票1の番号と、確定した氏名を入れ、新しい通し番号を付けます。"
TICKET = "チケットを刷る"
TICKET_LEAD = "活動と、確定した氏名を入れ、新しい通し番号を付けます。"
ACTIVITY = "活動・団体"

CLINICS = "医療機関へ返す一覧"
CLINICS_LEAD = "戻ったパスを医療機関ごとに刷ります。"
CLINIC, COUNT, PRINT = "医療機関", "パス", "一覧を刷る"
LIST_HEADS = {"番": 10.0, "番号": 32.0, "様式": 62.0, "受診日": 26.0, "届いた日": 26.0, "パス点数": 24.0}


def list_title(clinic: str) -> str:
    """The title of a clinic's list."""
    return f"戻ったパスの一覧　{clinic}"


def list_about(count: int, day: str) -> str:
    """The line under it."""
    return f"{count}件　{day}現在　番号のない用紙は記録IDで示します。"


def fate(name: str) -> str:
    """What became of an issued sheet."""
    return {"returned": "戻った", "outstanding": "未着", "void": "取りやめ"}[name]


def said(label: str, text: str) -> str:
    """One answer of an entry."""
    return f"{label}: {text}"
