"""Limits of the server: sizes of requests, numbers of tries, lengths of sessions."""

from __future__ import annotations

from ipaddress import ip_network

from pydantic import PositiveInt, field_validator

from config.settings.loader import StrictModel


class IntakeSettings(StrictModel):
    max_request_bytes: PositiveInt
    max_shot_pixels: PositiveInt


class RemoteSettings(StrictModel):
    """Limits of the remote student's page; see the comments in server.toml."""

    max_photo_bytes: PositiveInt
    max_files: PositiveInt
    max_bytes: PositiveInt
    max_total_bytes: PositiveInt
    expire_hours: PositiveInt
    uploads_per_hour: PositiveInt
    proofs_per_hour: PositiveInt
    max_waiting: PositiveInt


class ThrottleSettings(StrictModel):
    window_minutes: PositiveInt
    pairing_tries: PositiveInt
    signin_tries: PositiveInt
    signin_tries_per_address: PositiveInt
    unlock_tries: PositiveInt
    last_four_tries: PositiveInt
    last_four_total_tries: PositiveInt
    contact_changes_per_hour: PositiveInt
    second_factor_tries: PositiveInt
    sms_per_day: PositiveInt
    sms_per_hour_per_address: PositiveInt
    sms_code_minutes: PositiveInt
    sms_code_tries: PositiveInt
    person_tries: PositiveInt
    person_tries_per_hour_per_address: PositiveInt
    campaign_codes_per_address: PositiveInt
    proofs_per_address: PositiveInt
    card_pictures_per_hour: PositiveInt
    link_requests_per_day: PositiveInt
    trusted_networks: tuple[str, ...]
    trusted_network_factor: PositiveInt

    @field_validator("trusted_networks")
    @classmethod
    def _check_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(network.strip())) for network in networks)


class SessionSettings(StrictModel):
    max_hours: PositiveInt
    idle_minutes: PositiveInt
    unlock_minutes: PositiveInt
    person_hours: PositiveInt
