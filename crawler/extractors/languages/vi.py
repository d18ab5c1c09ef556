"""What the extractors know of Vietnamese."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="vi",
    name="Vietnamese",
    # Its writing
    letters="đàáâăêôơưéèíìóòúùýãõĩụ̃̀́̃̉",
    common_words="cho trong khi theo ra hai sau tin ba nam tham anh con quan trung",
    # Bylines
    author_labels_in_byline=("tác giả",),
    and_words=("và",),
    # Dates
    months=months("tháng_giêng", "", "", "", "", "", "", "", "", "", "", ""),
    of_words=("tháng",),
    date_forms=(r"(?<!\w){day}\s*tháng\s*{month},?\s*(?:năm\s*)?{year}(?!\d)",),
    days_ago={"hôm nay": 0, "hôm qua": 1, "hôm kia": 2},
    units=units(
        seconds=("giây",), minutes=("phút",), hours=("giờ", "tiếng"), days=("ngày",), weeks=("tuần",),
        months=("tháng",), years=("năm",),
    ),
    now=("vừa xong",),
    halves=("nửa",),
    one=("một",),
    ago_after=("trước",),
    updated=("cập nhật",),
    # Lines that are not the article's
    leads_elsewhere=("xem thêm", "đọc thêm"),
    # Pages that are no article
    we=("chúng tôi", "trang (?:web )?này"),
    you=(r"\bbạn\b", "quý vị", "quý khách"),
    leads_on=("(?:đang )?chuyển hướng", "bạn (?:sẽ|đang) được chuyển", "bạn (?:sắp|đang) rời khỏi"),
    page_names=("trang",),
    not_found=("không tìm thấy", "không tồn tại", "đã bị (?:xóa|gỡ)"),
    consent=(
        "cookies?", "quyền riêng tư", "đồng ý", "dữ liệu cá nhân", "đối tác", "quảng cáo", "chấp nhận", "từ chối",
        "cài đặt", "bên thứ ba", "thiết bị",
    ),
    # Names in class and id
    lead_names=("sapo",),
)
