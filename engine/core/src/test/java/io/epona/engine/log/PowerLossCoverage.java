package io.epona.engine.log;

/** What happened in {@link PowerLossWorld}s: a test of cuts that never met a torn tail would prove nothing. */
final class PowerLossCoverage
{
    int images;
    int cuts;
    int partialScans;
    int recycled;
    int cleanStarts;
    int cutRecoveries;
    long lostRecords;
    long committedRecords;
    int truncations;
    int resets;
    /** Power cuts during a truncation: how many of these were found done, and how many not. */
    int pendingDone;
    int pendingUndone;
    long compacted;
    int cutCompactions;
    int restarts;

    @Override
    public String toString()
    {
        return images + " images, " + cuts + " cuts of tails, " + partialScans + " scans from a recovery point, " +
            recycled + " reused files, " + cleanStarts + " clean starts, " + cutRecoveries +
            " cuts of recoveries, " + lostRecords + " records lost, " + committedRecords + " committed, " +
            truncations + " truncations, " + resets + " resets, " + pendingDone + " and " + pendingUndone +
            " found done and not, " + compacted + " segments compacted, " + cutCompactions +
            " compactions interrupted, " + restarts + " starts after a failed sync";
    }
}
