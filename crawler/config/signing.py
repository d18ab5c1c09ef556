"""[archive] of warcpress.toml → what signs the sealed files of a run, and whose proofs an audit trusts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from archive import Signer, Trust, UsageError, public_key_of, signer
from crawler.config import Config
from crawler.config.load import ENVIRONMENT_MARK
from crawler.errors import ConfigError


def signer_of(config: Config, environ: Mapping[str, str] = os.environ) -> Signer | None:
    """None when neither signatures nor time stamps are asked for. ConfigError when key or certificates can't be used:
    then nothing is fetched."""
    archive = config.archive
    if not archive.signing_key and not archive.timestamp_url:
        return None
    try:
        roots = Trust.read((), archive.timestamp_roots).authorities
        return signer(_key(config, environ), archive.timestamp_url, roots)
    except UsageError as error:
        raise ConfigError(f"{config.path}: [archive] {error}") from error


def trust_of(config: Config, environ: Mapping[str, str] = os.environ) -> Trust:
    """The configured keys and roots; the signing key's own public key where it can be read (an auditor need not be able
    to, and then names it in `trusted_keys`)."""
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
    name = setting.removeprefix(ENVIRONMENT_MARK)
    if not environ.get(name):
        raise ConfigError(
            f"{config.path}: [archive] signing_key: the environment has no {name or 'NAME after env:'}; "
            "set it before warcpress starts"
        )
    return environ[name].encode()
