"""What a flow tells, by mode and language."""

from dataclasses import dataclass

from self_service.domain.channels import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    mode: str
    language: str
    template: str


@dataclass(frozen=True, slots=True)
class Text:
    """What is told, by mode and language; no variants: nothing is told."""

    variants: tuple[Variant, ...] = ()

    def template(self, mode: Mode, languages: tuple[str, ...]) -> str:
        """Return the first that fits: the language before the mode; '' when none does."""
        by_key = {(v.mode, v.language): v.template for v in self.variants}
        for language in languages:
            for wanted in (mode, Mode.ANY):
                if (wanted, language) in by_key:
                    return by_key[wanted, language]
        return ""
