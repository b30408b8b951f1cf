"""Projects, and waiting for what becomes of them."""

from __future__ import annotations

from ..generated.projects import AsyncProjectsApi as GeneratedAsync
from ..generated.projects import ProjectsApi as Generated
from ..messages import Project, ProjectState
from ..operations import wait_for_state


class ProjectsApi(Generated):
    """Operations on `projects`."""

    def wait(
        self, project_id: str, *states: ProjectState, timeout_seconds: float = 60.0
    ) -> Project:
        """The project once it is in one of the states; a funded one may take a moment to be FUNDED.

        Errors: OutOfTime, PROJECT_NOT_FOUND.
        """
        plan = wait_for_state(
            self._http.planner, project_id, states, timeout_seconds=timeout_seconds
        )
        return self._http.run(plan)


class AsyncProjectsApi(GeneratedAsync):
    """Operations on `projects`."""

    async def wait(
        self, project_id: str, *states: ProjectState, timeout_seconds: float = 60.0
    ) -> Project:
        """The project once it is in one of the states; a funded one may take a moment to be FUNDED.

        Errors: OutOfTime, PROJECT_NOT_FOUND.
        """
        plan = wait_for_state(
            self._http.planner, project_id, states, timeout_seconds=timeout_seconds
        )
        return await self._http.run(plan)
