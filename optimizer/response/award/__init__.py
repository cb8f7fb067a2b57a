"""Contribution points and the rights that they buy: what a deed earns, what is granted, and who can earn."""

from optimizer.response.award.earning import Award, AwardTerms, Tariff, points_earned
from optimizer.response.award.granting import Granting, RightsTerms, grant, ineligible, redemption_id
from optimizer.response.award.report import PointsReport, points_report
from optimizer.response.award.rights import dishonoured, with_rights
from optimizer.response.award.wording import DEEDS, refusal_text

__all__ = [
    "DEEDS",
    "Award",
    "AwardTerms",
    "Granting",
    "PointsReport",
    "RightsTerms",
    "Tariff",
    "dishonoured",
    "grant",
    "ineligible",
    "points_earned",
    "points_report",
    "redemption_id",
    "refusal_text",
    "with_rights",
]
