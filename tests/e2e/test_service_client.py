"""A planner's story told with the generated client: nothing but the OpenAPI document is known."""

import json
from pathlib import Path

from client_case import model, person, upload
from service_case import serving


def test_a_planner_keeps_the_staff(client_package: str, tmp_path: Path, template: Path) -> None:
    del client_package
    with serving(tmp_path / "data") as service:
        service.add("grid", template)
        with person(service, "grid", "planner") as planner:
            page = planner.get("tables.list_staff_rows", limit=2)
            assert len(page.items) == 2
            first = page.items[0].row
            new = model("StaffRowIn")(agent="new", contract=first.contract, skills=first.skills, name="新人")
            made = planner.ask("tables.add_staff_row", "grid", body=new, idempotency_key="hire-1")
            assert (made.status_code, made.parsed.key) == (201, "new")
            part, tag = model("StaffRow")(name="New name"), made.headers["ETag"]
            changed = planner.get("tables.patch_staff_row", "new", body=part, if_match=tag)
            assert changed.row.name == "New name"
            late = planner.ask("tables.patch_staff_row", "grid", "new", body=part, if_match=tag)
            assert (late.status_code, late.parsed.type_) == (412, "superseded")
            wrong = model("StaffRowIn")(agent="bad", contract="none", skills=first.skills)
            refused = planner.ask("tables.add_staff_row", "grid", body=wrong).parsed
            assert [one.column for one in refused.findings] == ["contract"]
            document = planner.ask("documents.get_document", "grid", "centre.toml")
            assert json.loads(document.content)["queues"]
            last = planner.get("revisions.list_revisions", limit=1).items[0]
            assert (last.number, last.target) == (changed.version, "staff/new")
            text = "agent,name,site,team,contract,skills\n" + f"up,Up,,,{first.contract},{';'.join(first.skills)}\n"
            body = model("BodyUploadTable")(file=upload("staff.csv", text.encode()))
            assert planner.get("uploads.upload_table", "staff", body=body).added == 1
