"""Contractors, one by one or many at once."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Sequence

from ..generated.contractors import AsyncContractorsApi as GeneratedAsync
from ..generated.contractors import ContractorsApi as Generated
from ..operations import ContractorPosting
from ..types import ImportContractorResult, NewContractor


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
