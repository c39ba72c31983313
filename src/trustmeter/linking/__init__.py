"""Who is who again, without names? Keyed pseudonyms, and waves put together by codes that people make themselves."""
