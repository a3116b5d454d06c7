#!/bin/sh
# Prints how many requirements of tests/requirements.csv are named by a test, and those that are not.
# A test names one as [Trait("Requirement", "FR-030C-31")] in C# or as a -Tag in Pester.
cd "$(dirname "$0")" || exit 2
cut -d, -f1 requirements.csv | tail -n +2 | sort >"${TMPDIR:-/tmp}/requirements.$$"
{
    grep -rhoE --include='*.cs' 'Trait\("Requirement", "[A-Z0-9-]+"\)' . | sed -E 's/.*"([A-Z0-9-]+)"\)/\1/'
    grep -rhE --include='*.Tests.ps1' -- '-Tag ' Pester 2>/dev/null | grep -oE "['\"][A-Z]+-[A-Z0-9-]+['\"]" | tr -d "'\""
} | sort -u >"${TMPDIR:-/tmp}/tested.$$"
missing=$(comm -23 "${TMPDIR:-/tmp}/requirements.$$" "${TMPDIR:-/tmp}/tested.$$")
total=$(wc -l <"${TMPDIR:-/tmp}/requirements.$$")
count=$(printf '%s' "$missing" | grep -c .)
rm -f "${TMPDIR:-/tmp}/requirements.$$" "${TMPDIR:-/tmp}/tested.$$"
echo "$((total - count)) of $total requirements are named by a test. Not yet:"
printf '%s\n' "$missing" | while read -r id; do
    [ -n "$id" ] && grep "^$id," requirements.csv
done
exit 0
