"""Limits of the server: sizes of requests, numbers of tries, lengths of sessions."""

from __future__ import annotations

from ipaddress import ip_network

from pydantic import field_validator

from config.settings.loader import StrictModel
from config.settings.values import Bytes, Count, Hours


class IntakeSettings(StrictModel):
    max_request_bytes: Bytes
    max_shot_pixels: Bytes


class RemoteSettings(StrictModel):
    """Limits of the remote student's page; see the comments in server.toml."""

    max_photo_bytes: Bytes
    max_files: Count
    max_bytes: Bytes
    max_total_bytes: Bytes
    expire_hours: Hours
    uploads_per_hour: Count
    proofs_per_hour: Count
    max_waiting: Count


class ThrottleSettings(StrictModel):
    window_minutes: Count
    pairing_tries: Count
    signin_tries: Count
    signin_tries_per_address: Count
    unlock_tries: Count
    last_four_tries: Count
    last_four_total_tries: Count
    contact_changes_per_hour: Count
    second_factor_tries: Count
    sms_per_day: Count
    sms_per_hour_per_address: Count
    sms_code_minutes: Count
    sms_code_tries: Count
    person_tries: Count
    person_tries_per_hour_per_address: Count
    campaign_codes_per_address: Count
    proofs_per_address: Count
    card_pictures_per_hour: Count
    link_requests_per_day: Count
    trusted_networks: tuple[str, ...]
    trusted_network_factor: Count

    @field_validator("trusted_networks")
    @classmethod
    def _check_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(network.strip())) for network in networks)


class SessionSettings(StrictModel):
    max_hours: Hours
    idle_minutes: Count
    unlock_minutes: Count
    person_hours: Hours
