"""The pages for admins and reviewers, at `/admin`: Leaderboard, Judges, Objective, Campaigns, Quality and others.

    pages = GradioPages(lambda: admin_pages(services), admin_look())

Each tab has its own file. This module combines them; a tab is filled when it is opened.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from app.ui import markup
from app.ui.admin.calls import StaffPart
from app.ui.admin.campaigns.campaign_change import CampaignChange
from app.ui.admin.campaigns.campaigns_part import CampaignsPart
from app.ui.admin.campaigns.crowd_part import CrowdPart
from app.ui.admin.campaigns.wizard.campaign_wizard import CampaignWizard
from app.ui.admin.changes_part import ChangesPart
from app.ui.admin.data_part import DataPart
from app.ui.admin.imports_part import ImportsPart
from app.ui.admin.invitations_part import InvitationsPart
from app.ui.admin.live_part import LivePart
from app.ui.admin.quality.quality_part import QualityPart
from app.ui.admin.raters_part import RatersPart
from app.ui.judges.page import JudgesPage
from app.ui.labels import label, translations
from app.ui.leaderboard.page import SCRIPT, STYLE, leaderboard_body
from app.ui.look import theme
from app.ui.objective.page import ObjectivePage
from app.ui.tab import READS, Fill, block, place
from app.ui.visitor import AdminServices, Page, Visitor, requires
from app.web.static_files import address_of
from storage.values import Role

__all__ = ["AdminServices", "admin_look", "admin_pages"]

STYLES = (
    "tokens.css",
    "parts.css",
    "content.css",
    "pictures.css",
    "admin.css",
    "staff.css",
    "judges.css",
    "objective.css",
    STYLE,
)
SCRIPTS = ("admin.js", "lists.js", "staff.js", "chips.js", "outline.js", SCRIPT)


class Welcome(Page):
    """The top bar and the visible tabs; handlers check permissions again."""

    @requires(Role.reviewer)
    def greet(self, visitor: Visitor) -> tuple[Any, ...]:
        """Show the visitor's top bar, and the Raters and Changes tabs to admins."""
        role = visitor.say(f"admin_role_{visitor.role.value}")
        bar = markup.top_bar(visitor.name, role, visitor.language)
        may = visitor.may(Role.admin)
        return (markup.together(bar), gr.Tab(visible=may), gr.Tab(visible=may))


def staff_parts(services: AdminServices) -> list[StaffPart]:
    """Return the pages that are HTML of our own, for the endpoints that fill them."""
    return [
        CampaignsPart(services),
        CampaignWizard(services),
        CampaignChange(services),
        CrowdPart(services),
        QualityPart(services),
        RatersPart(services),
        InvitationsPart(services),
        DataPart(services),
        ImportsPart(services),
        LivePart(services),
        ChangesPart(services),
    ]


def admin_pages(services: AdminServices) -> gr.Blocks:
    """Build all tabs over one store."""
    welcome = Welcome(services)
    with gr.Blocks(title="Evenhand", fill_width=True, analytics_enabled=False) as pages:
        bar = block()
        restricted: list[gr.Tab] = []
        with gr.Column(elem_id="adm-main"), gr.Tabs() as tabs:
            with gr.Tab(label("admin_tab_board"), id="board", elem_id="adm-board"):
                leaderboard_body()
            with gr.Tab(label("admin_tab_judges"), id="judges", elem_id="adm-judges") as judges_tab:
                judges, judges_report, judges_list, judges_timer = JudgesPage(services).lay_out()
            with gr.Tab(label("admin_tab_objective"), id="objective", elem_id="adm-objective") as objective_tab:
                objective = ObjectivePage(services).lay_out()
            for name in ("campaigns", "quality", "raters", "data", "live", "changes"):
                is_open = name in ("campaigns", "quality", "data", "live")
                with gr.Tab(label(f"admin_tab_{name}"), id=name, elem_id=f"adm-{name}", visible=is_open) as tab:
                    place(name)
                restricted += [] if is_open else [tab]
        pages.load(welcome.greet, [], [bar, *restricted], **READS)
        _fill(_fill(judges_tab.select, judges).then, judges_report)
        _fill(judges_tab.select, judges_list)
        for part in objective:
            gr.on([objective_tab.select, *part.events], part.show, part.inputs, part.outputs, **READS)
        for tab in tabs.children:
            _switch(judges_timer, tab.select, active=tab is judges_tab)
    return pages


def admin_look() -> Mapping[str, Any]:
    """Return further arguments for the mount of these pages: head, theme, translations."""
    styles = "".join(f'<link rel="stylesheet" href="{address_of(name)}">' for name in STYLES)
    scripts = "".join(f'<script type="module" src="{address_of(name)}"></script>' for name in SCRIPTS)
    return {"head": f"{styles}{scripts}", "theme": theme(), "i18n": translations()}


def _switch(timer: gr.Timer, event: Any, *, active: bool) -> None:  # noqa: ANN401  as for `_fill`
    """Switch a timer in the browser: replies of two tabs may arrive in the other order than the clicks."""
    update = f"() => ({{__type__: 'update', active: {str(active).lower()}}})"
    event(None, None, [timer], js=update, show_progress="hidden", api_visibility="private")


def _fill(event: Any, part: Fill) -> Any:  # noqa: ANN401  Gradio's listeners have no type of their own
    return event(part.show, part.inputs, part.outputs, **READS)
