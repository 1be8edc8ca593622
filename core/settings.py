"""Settings from environment variables named NAVARASA_*, in one frozen object."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What may differ from one machine to the next; `Settings()` reads the environment anew."""

    model_config = SettingsConfigDict(env_prefix="NAVARASA_", env_ignore_empty=True, frozen=True)

    data: Path | None = Field(None, description="folder of the dataset that the app opens first; the demo if unset")
    home: Path = Field(
        Path.home() / ".navarasa", description="where datasets, scans, measures, pixels, jobs and runs are kept"
    )
    hosted: bool = Field(False, description="a public server: no path that a visitor types is opened")
    max_megapixels: float = Field(64, gt=0, description="a picture with more pixels than this is refused")
    threads: int | None = Field(None, gt=0, description="CPU threads for training; all cores if unset")
    scheduler: str | None = Field(
        None,
        description="a Dask scheduler whose workers train sweeps, such as `tcp://host:8786`; this machine if unset",
    )

    @field_validator("data", "home")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        """Training runs in another process, perhaps in another folder: a relative path is fixed here and now."""
        return path and path.expanduser().resolve()

    def to_environment(self) -> dict[str, str]:
        """Return the variables that give these settings to another process, whatever its working folder."""
        values = self.model_dump(mode="json", exclude_none=True)
        return {f"NAVARASA_{name.upper()}": str(value) for name, value in values.items()}

    @property
    def datasets_dir(self) -> Path:
        """Where the drawn demo lies, and what was unpacked or downloaded."""
        return self.home / "datasets"

    @property
    def scans_dir(self) -> Path:
        """Where the results of reading image headers are kept."""
        return self.home / "scans"

    @property
    def pixels_dir(self) -> Path:
        """Where decoded images are kept."""
        return self.home / "pixels"

    @property
    def measures_dir(self) -> Path:
        """Where brightness, sharpness, hashes and the like of each image are kept."""
        return self.home / "measures"

    @property
    def audits_dir(self) -> Path:
        """Where the results of long tests on a dataset are kept."""
        return self.home / "audits"

    @property
    def features_dir(self) -> Path:
        """Where what frozen networks make of images is kept."""
        return self.home / "features"

    @property
    def synthesis_dir(self) -> Path:
        """Where made images are kept."""
        return self.home / "synthesis"

    @property
    def downloads_dir(self) -> Path:
        """Where a download that broke off waits to be resumed."""
        return self.home / "downloads"

    @property
    def jobs_dir(self) -> Path:
        """Where jobs keep their progress."""
        return self.home / "jobs"

    @property
    def stacks_dir(self) -> Path:
        """Where the answers of the members of stacks are kept."""
        return self.home / "stacks"

    @property
    def runs_dir(self) -> Path:
        """Where finished runs are kept."""
        return self.home / "runs"
