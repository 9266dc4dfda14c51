"""Wording of the pages in the header, in Japanese."""

BATCHES = "束と取り込み"
SEARCH = "さがす"
FIGURES = "進み具合"
REPORT = "報告"
CASES = "台帳"
LISTS = "リスト"


def disk_low(share: float) -> str:
    """A disk of the store is nearly full."""
    return (
        f"保存場所のディスクの空きが {share:.0%} しかありません。いっぱいになると取り込みが止まります。"
        "管理者に知らせてください。[disk-low]"
    )
