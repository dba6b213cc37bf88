#!/bin/sh
# forewarn-hook 1: reviews what a push sends; a failure never stops it.
# `forewarn hook uninstall` removes this file, FOREWARN_SKIP=1 skips it once.
forewarn=@FOREWARN@
chained="${0%/*}/pre-push.forewarn-chained"

refs=$(cat)

feed() {
    if [ -n "$refs" ]; then
        printf '%s\n' "$refs"
    fi
}

# The hook that was here before comes first and may stop the push.
if [ -x "$chained" ]; then
    feed | "$chained" "$@" || exit $?
fi

case "${FOREWARN_SKIP:-0}" in
0 | false | no | off) ;;
*) exit 0 ;;
esac

if [ ! -x "$forewarn" ]; then
    echo "forewarn: $forewarn is gone; pushing without a review" >&2
    echo "forewarn: \`forewarn hook install\` with the new program repairs this" >&2
    exit 0
fi

feed | "$forewarn" hook run "$@" >&2
case $? in
0) exit 0 ;;
1) exit 1 ;;
*)
    echo "forewarn: the review failed; pushing without it" >&2
    exit 0
    ;;
esac
