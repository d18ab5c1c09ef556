"""Make the signer of a run's sealed files, and the keys that an audit trusts, from `[archive]` of warcpress.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from archive import Signer, UsageError, public_key_of, signer
from crawler.config import Config
from crawler.config.load import ENVIRONMENT_MARK, variable
from crawler.errors import ConfigError

if TYPE_CHECKING:  # it brings the audit, which a run without signatures does not need: 0.05 s of CPU (2026-11)
    from archive import Trust


def signer_of(config: Config, environ: Mapping[str, str] = os.environ) -> Signer | None:
    """Return the signer, None without `signing_key` and `timestamp_url`; ConfigError when one cannot be used."""
    archive = config.archive
    if not archive.signing_key and not archive.timestamp_url:
        return None
    from archive import Trust

    try:
        roots = Trust.read((), archive.timestamp_roots).authorities
        return signer(_key(config, environ), archive.timestamp_url, roots)
    except UsageError as error:
        raise ConfigError(f"{config.path}: [archive] {error}") from error


def trust_of(config: Config, environ: Mapping[str, str] = os.environ) -> Trust:
    """Return the configured keys and roots, and the signing key's public key where it can be read.

    An auditor who may not read the signing key names its public key in `trusted_keys`.
    """
    from archive import Trust

    trust = Trust.read(config.archive.trusted_keys, config.archive.timestamp_roots)
    try:
        key = _key(config, environ)
        return trust if key is None else trust + Trust(keys=(public_key_of(key),))
    except (UsageError, ConfigError):
        return trust


def _key(config: Config, environ: Mapping[str, str]) -> Path | bytes | None:
    setting = config.archive.signing_key
    if not setting.startswith(ENVIRONMENT_MARK):
        return Path(setting) if setting else None
    try:
        return variable(setting, environ).encode()
    except LookupError as error:
        raise ConfigError(f"{config.path}: [archive] signing_key: {error}") from error
