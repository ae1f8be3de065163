package io.epona.engine.node;

/**
 * What a start finds of the life before it, on disk. Immutable: any thread.
 *
 * @param markerEpoch      life that the clean marker is of, -1 where there is none.
 * @param isMarkerMatched  whether the logs are those of the marker, and each ends where it says.
 * @param lifeEpoch        life that owned the directory last, -1 where that is not known.
 * @param isSameBoot       whether the host has not been booted since that life began.
 * @param isPublishedThere whether each log holds at least what that life had published of it, and none is missing.
 * @param areLogsWhole     whether no log is damaged below its recovery point, and none is missing that was there.
 */
public record StartEvidence(
    int markerEpoch,
    boolean isMarkerMatched,
    int lifeEpoch,
    boolean isSameBoot,
    boolean isPublishedThere,
    boolean areLogsWhole)
{
}
