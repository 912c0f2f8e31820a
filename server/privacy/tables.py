"""The treatment of each column of each table when a student is erased. A test compares it with the models, so that no
new column is forgotten.

The law: a processor deletes personal information when the purpose is reached, the retention period is over or consent
was withdrawn, unless a law sets a longer period (PIPL, articles 19 and 47).
"""

from __future__ import annotations

from typing import Final

from server.privacy.table_rule import Fresh, TableRule

STAFF: Final = "about the staff: their permissions and their actions"
SETTINGS: Final = "settings of the server or of a school, about nobody"
COUNTS: Final = "counts and times without a person"
TECHNICAL: Final = "of the server itself; it is deleted automatically"
HISTORY: Final = "who did what and when stays as the record of the processing (PIPL, article 56), without its content"
BOOKS: Final = "accounts of the money that was taken (Accounting Law; archives of accounts are kept for 10 to 30 years)"
RECEIPTS: Final = "vouchers of the accounts stay for [privacy] receipt_years, then their texts are emptied"

_STUDENT: Final = TableRule(
    "the row stays for its order and history; nothing of it names anybody",
    keeps="id campaign roster_import document_type state resubmit_until make_up_window erased_at study_years",
    student="pk",
    empties={
        "name": "—",
        "id_number_encrypted": Fresh.NUMBER,
        "id_number_hmac": Fresh.HASH,
        "id_number_slow_hash": "0" * 64,
        "last_four": Fresh.FOUR,
        "student_no": "",
        "candidate_no": "",
        "class_name": "",
        "major": "",
        "department": "",
        "study_level": "",
        "progress_token": Fresh.TOKEN,
    },
)
_SUBMISSION: Final = TableRule(
    "the states of portraits, for counts; no picture, no hash, no measurement of a face",
    keeps="first_reviewer retoucher final_reviewer four_eyes id student campaign station source version state"
    " revision simulated suspicious worst_outcome outcome taken_at received_at identity_check claimed_by claimed_until"
    " confirm_until handed_over_at",
    student="student",
    empties={"shot_sha256": "", "portrait_sha256": None, "original_portrait_sha256": None, "envelope": {}},
)
_NOTICE: Final = TableRule(
    "that a notice was delivered; neither its recipient nor its text",
    keeps="id student submission event version channel state queued_at attempts next_attempt_at claim claimed_until"
    " outcome_unknown sent_at delivered_at",
    student="student",
    empties={
        "key": Fresh.TOKEN,
        "values": {},
        "recipient": "",
        "address_encrypted": "",
        "provider_id": "",
        "why": "",
    },
)
_ORDER: Final = TableRule(
    RECEIPTS,
    keeps="id student amount_fen state created_at paid_at changed_at invoice_state invoice_number",
    student="student",
    empties={"token": Fresh.TOKEN},
    until_tax_end={"invoice_title": "", "invoice_taxpayer_number": "", "invoice_email": ""},
)
_PAYMENT: Final = TableRule(
    BOOKS,
    keeps="id order gateway product number amount_fen state over refunded simulated valid_until transaction_id"
    " received_fen created_at paid_at receipt_number taken_by station_name queries queried_at next_query_at billed_on",
    student="order__student",
    empties={"code": "", "payer_hmac": ""},
)
_DELIVERY: Final = TableRule(
    "who took which package and when; the package itself is deleted some time after the hand-over",
    keeps="id campaign receiver source key created_at created_by template with_id_number with_dbf with_proofs"
    " encryption"
    " age_recipient password_encrypted status worker active_at attempts problem problem_values finished_at"
    " hash_list_sha256 handed_over_at handed_over_by handed_over_to",
)

RULES: Final = {
    "records.Student": _STUDENT,
    "submissions.Submission": _SUBMISSION,
    "submissions.AuditEntry": TableRule(
        HISTORY,
        keeps="id submission at user station action role from_state to_state reason",
        student="submission__student",
        empties={"comment": ""},
    ),
    "submissions.Reason": TableRule(
        "which reasons were given how often; neither the texts nor the places in the portrait",
        keeps="id submission entry code",
        student="submission__student",
        empties={"comment": "", "x": None, "y": None, "w": None, "h": None},
    ),
    "proof.PortraitStatement": TableRule(
        "the signed statement about the portrait; a proof that was saved as a file can still be verified",
        student="submission__student",
        deletes=True,
    ),
    "proof.SchoolKey": TableRule(SETTINGS, keeps="id public_key created_at retired_at"),
    "proof.StationKey": TableRule(SETTINGS, keeps="id station public_key simulated registered_at last_day"),
    "submissions.PendingDecision": TableRule("not needed any more", student="submission__student", deletes=True),
    "submissions.RevocationRequest": TableRule(
        HISTORY,
        keeps="id submission action requested_by requested_at approved_by approved_at declined_by declined_at",
        student="submission__student",
        empties={"reasons": [], "internal_remark": "", "decline_remark": ""},
    ),
    "review.SecondLook": TableRule(
        "how often a second look agreed",
        keeps="id entry submission reviewer day drawn_at looked_by looked_at is_fine reason",
        student="submission__student",
        empties={"comment": ""},
    ),
    "portal.Appeal": TableRule(
        HISTORY,
        keeps="id entry submission filed_at declined_by declined_at",
        student="submission__student",
        empties={"text": "", "answer": ""},
    ),
    "retouch.RetouchJob": TableRule("strokes on a face", student="submission__student", deletes=True),
    "delivery.Delivery": _DELIVERY,
    "delivery.DeliveryItem": TableRule(
        "that a portrait was delivered with this package; not whose portrait",
        keeps="id delivery position submission left_out_at",
        student="submission__student",
        empties={"portrait_sha256": "", "row_encrypted": Fresh.ROW},
    ),
    "delivery.DeliveryFile": TableRule(COUNTS, keeps="id delivery number name stored_name sha256 size portraits"),
    "delivery.DeliveryCheck": TableRule(
        "that portraits were checked before a hand-over, and who packed without the check; about no single student",
        keeps="delivery status worker active_at attempts problem finished_at summary skipped_by skip_reason",
    ),
    "delivery.PortraitCheck": TableRule("measurements of a face", student="submission__student", deletes=True),
    "delivery.UploadState": TableRule(
        HISTORY, keeps="submission uploaded_at recorded_by", student="submission__student"
    ),
    "records.Person": TableRule(
        "deleted with the person's last enrolment, or with an account that never got an enrolment; without content",
        keeps="id created_at",
    ),
    "records.EnrolmentLink": TableRule("which enrolments are one person's", student="student", deletes=True),
    "records.Consent": TableRule(
        "proof that consent was given, to which text and when; of an enrolment without a name",
        keeps="id person student text_version text_sha256 given_at source withdrawn_at",
        student="student",
    ),
    "accounts.Account": TableRule(
        "deleted with the last enrolment of the person; without any, after the retention of its campaigns",
        keeps="person phone_encrypted phone_hmac email_encrypted name_encrypted id_number_hmac password language"
        " created_at session_version",
    ),
    "accounts.CaptureCode": TableRule("the code that found the student", student="student", deletes=True),
    "accounts.LinkRequest": TableRule(
        "the values that a person typed to be found; requests without a student are deleted with their campaign",
        student="student",
        deletes=True,
    ),
    "wechat.WeChatLink": TableRule(
        "a keyed hash; deleted with the last enrolment of the person", keeps="person user_hmac created_at"
    ),
    "records.RosterImport": TableRule(
        HISTORY, keeps="id campaign imported_at user file_name created changed undone_at"
    ),
    "records.RosterChange": TableRule("earlier values of the roster", student="student", deletes=True),
    "stations.LastFourConfirmation": TableRule("not needed any more", student="student", deletes=True),
    "stations.ProgressLink": TableRule("links on receipts, which then open nothing", student="student", deletes=True),
    "notices.Contact": TableRule("addresses", student="student", deletes=True),
    "notices.Notice": _NOTICE,
    "payments.Order": _ORDER,
    "payments.Payment": _PAYMENT,
    "payments.Refund": TableRule(
        RECEIPTS,
        keeps="id payment number amount_fen state cause requested_by requested_at approved_by approved_at done_at"
        " tries next_try_at failure_code billed_on",
        student="payment__order__student",
        until_tax_end={"reason": ""},
    ),
    "payments.Waiver": TableRule(
        RECEIPTS,
        keeps="id order state requested_by requested_at decided_by decided_at",
        student="order__student",
        until_tax_end={"reason": ""},
    ),
    "payments.Voucher": TableRule(
        RECEIPTS,
        keeps="id campaign code_hmac code_end created_by created_at approved_by valid_until payment cancelled_at",
        student="payment__order__student",
        until_tax_end={"reason": ""},
    ),
    "payments.OrderEvent": TableRule(
        f"{BOOKS}; no event has a name or a number of a document",
        keeps="id order at kind key user details",
        student="order__student",
    ),
    "payments.Bill": TableRule(BOOKS, keeps="id gateway day compared_at payments payments_fen refunds refunds_fen"),
    "payments.BillFinding": TableRule(
        BOOKS,
        keeps="id bill kind is_refund number payment_number transaction_id our_fen their_fen state remark decided_by"
        " decided_at found_at",
    ),
    "payments.CashCount": TableRule(
        BOOKS, keeps="id campaign day expected_fen counted_fen remark counted_by counted_at"
    ),
    "audit.Event": TableRule(
        f"{HISTORY}; the network addresses of students are emptied",
        keeps="id at action user station_name address subject details",
    ),
    "backup.DamagedFile": TableRule("hashes of pictures", student="submission__student", deletes=True),
    "backup.ScrubRound": TableRule(COUNTS, keeps="id started_at finished_at last_submission files"),
    "printing.PrintedPhoto": TableRule(
        HISTORY, keeps="id submission sheet key printed_at printed_by station", student="submission__student"
    ),
    "remote.RemoteProgress": TableRule("not needed any more", student="student", deletes=True),
    "remote.Proof": TableRule("checks of copies", student="student", deletes=True),
    "remote.PhotoJob": TableRule("the phone's report about itself", student="student", deletes=True),
    "submissions.RevocationProposal": TableRule(
        HISTORY, keeps="submission findings made_at dismissed_by dismissed_at", student="submission__student"
    ),
    "records.School": TableRule(SETTINGS, keeps="code name name_en help_line help_hours help_hours_en roster_columns"),
    "records.Campaign": TableRule(
        SETTINGS,
        keeps="code school title title_en standard background opens_at closes_at price_fen payer payment_required"
        " refund_on_withdrawal refund_on_revocation place place_en clothing clothing_en help_line help_hours"
        " help_hours_en photo_sources simulated retention_days retouch final_review confirmation confirmation_days"
        " four_eyes resubmission_days max_retakes appeal_days delivery_names own_name id_number_in_delivery"
        " identification",
    ),
    "records.CaptureWindow": TableRule(SETTINGS, keeps="id campaign kind opens_at closes_at place place_en"),
    "stations.Station": TableRule(
        SETTINGS,
        keeps="everything id name token_hash roster_key_encrypted wire_version paired_at last_seen revoked_at",
    ),
    "stations.Heartbeat": TableRule(
        COUNTS,
        keeps="station received_at version waiting rejected oldest_waiting_at disk_free_bytes cameras"
        " clock_offset_seconds analyses_per_second required_analyses_per_second printer days",
    ),
    "stations.PairingCode": TableRule(SETTINGS, keeps="id everything code_hash created_at expires_at used_at station"),
    "stations.Station_schools": TableRule(SETTINGS, keeps="id station school"),
    "stations.Station_campaigns": TableRule(SETTINGS, keeps="id station campaign"),
    "stations.PairingCode_schools": TableRule(SETTINGS, keeps="id pairingcode school"),
    "stations.PairingCode_campaigns": TableRule(SETTINGS, keeps="id pairingcode campaign"),
    "members.Membership": TableRule(STAFF, keeps="id user school campaign role"),
    "second_factor.SecondFactor": TableRule(STAFF, keeps="user secret_encrypted confirmed_at last_used_step id"),
    "second_factor.RecoveryCode": TableRule(STAFF, keeps="id user code_hash"),
    "auth.User": TableRule(
        STAFF,
        keeps="id password last_login is_superuser username first_name last_name email is_staff is_active date_joined",
    ),
    "auth.Group": TableRule(STAFF, keeps="id name"),
    "auth.Permission": TableRule(STAFF, keeps="id name content_type codename"),
    "auth.Group_permissions": TableRule(STAFF, keeps="id group permission"),
    "auth.User_groups": TableRule(STAFF, keeps="id user group"),
    "auth.User_user_permissions": TableRule(STAFF, keeps="id user permission"),
    "admin.LogEntry": TableRule(
        f"{HISTORY}; labels of erased rows are emptied",
        keeps="id action_time user content_type object_id object_repr action_flag change_message",
    ),
    "contenttypes.ContentType": TableRule(TECHNICAL, keeps="id app_label model"),
    "sessions.Session": TableRule(
        f"{TECHNICAL}; sessions that name an erased student are deleted at once",
        keeps="session_key session_data expire_date",
    ),
    "django_tasks_database.DBTaskResult": TableRule(
        f"{TECHNICAL}: after 10 minutes, a failed one after 7 days",
        keeps="id status enqueued_at started_at finished_at args_kwargs priority task_path worker_ids queue_name"
        " backend_name run_after return_value exception_class_path traceback",
    ),
    "core.TryCount": TableRule(f"{TECHNICAL}; keyed hashes", keeps="key count expires_at"),
    "jobs.Lease": TableRule(TECHNICAL, keeps="name holder expires_at"),
    "jobs.Schedule": TableRule(TECHNICAL, keeps="name next_run_at"),
    "privacy.ErasureReport": TableRule(
        COUNTS, keeps="id campaign started_at finished_at since counts blocked problems"
    ),
    "privacy.DoomedFile": TableRule("deleted with its file", keeps="id kind name"),
    "privacy.SubjectRequest": TableRule(
        HISTORY,
        keeps="id student kind filed_at due_at state decided_by decided_at legal_ground",
        student="student",
        empties={"text": "", "answer": ""},
    ),
}
