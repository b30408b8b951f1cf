"""Contractors, one by one or many at once."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Sequence
from pathlib import Path

from ..generated.contractors import AsyncContractorsApi as GeneratedAsync
from ..generated.contractors import ContractorsApi as Generated
from ..messages import ImportContractorResult, NewContractor
from ..operations import UPLOAD_CONTRACTORS, ContractorPosting, ContractorsUploaded, upload_rows
from ..progress import OnProgress, ignore
from ..uploads import TableFormat, table_type


class ContractorsApi(Generated):
    """Operations on `contractors`."""

    def post(self, contractors: Iterable[NewContractor]) -> Sequence[ImportContractorResult]:
        """Enrols any number of contractors; one result a row, in order.

        A bad row is told in its result and costs the others nothing. The external_id is the key: a
        repeated row is answered with the contractor that is there.
        Errors: VENDOR_NOT_APPROVED.
        """
        posting = ContractorPosting(self._http.planner)
        for contractor in contractors:
            if posting.add(contractor):
                self._http.run(posting.send())
        if posting.is_due:
            self._http.run(posting.send())
        return posting.results

    def upload(
        self,
        file: Path | str,
        *,
        format: TableFormat | None = None,  # noqa: A002 (the name it has in REST)
        on_progress: OnProgress = ignore,
    ) -> ContractorsUploaded:
        """Enrols the contractors of a file: .csv, .jsonl, .parquet or .json.

        The columns are external_id, name, email, country, region (ISO 3166-2, as US-CA; may be left
        out), languages and skills, the last two parted by ; inside. A bad row is told and costs the
        others nothing; the same file again changes nothing.
        Errors: VENDOR_NOT_APPROVED; FileInvalid.
        """
        path = Path(file)
        plan = upload_rows(
            self._http.planner,
            UPLOAD_CONTRACTORS,
            {},
            path=path,
            content_type=table_type(path, format),
            on_progress=on_progress,
        )
        return self._http.run(plan)


class AsyncContractorsApi(GeneratedAsync):
    """Operations on `contractors`."""

    async def post(
        self, contractors: Iterable[NewContractor] | AsyncIterable[NewContractor]
    ) -> Sequence[ImportContractorResult]:
        """Enrols any number of contractors; one result a row, in order.

        A bad row is told in its result and costs the others nothing. The external_id is the key: a
        repeated row is answered with the contractor that is there.
        Errors: VENDOR_NOT_APPROVED.
        """
        posting = ContractorPosting(self._http.planner)
        if isinstance(contractors, AsyncIterable):
            async for contractor in contractors:
                if posting.add(contractor):
                    await self._http.run(posting.send())
        else:
            for contractor in contractors:
                if posting.add(contractor):
                    await self._http.run(posting.send())
        if posting.is_due:
            await self._http.run(posting.send())
        return posting.results

    async def upload(
        self,
        file: Path | str,
        *,
        format: TableFormat | None = None,  # noqa: A002 (the name it has in REST)
        on_progress: OnProgress = ignore,
    ) -> ContractorsUploaded:
        """Enrols the contractors of a file: .csv, .jsonl, .parquet or .json.

        The columns are external_id, name, email, country, region (ISO 3166-2, as US-CA; may be left
        out), languages and skills, the last two parted by ; inside. A bad row is told and costs the
        others nothing; the same file again changes nothing.
        Errors: VENDOR_NOT_APPROVED; FileInvalid.
        """
        path = Path(file)
        plan = upload_rows(
            self._http.planner,
            UPLOAD_CONTRACTORS,
            {},
            path=path,
            content_type=table_type(path, format),
            on_progress=on_progress,
        )
        return await self._http.run(plan)
