package io.epona.engine.log;

import java.util.List;

/**
 * Outcome of the inspection of one log.
 *
 * @param segments  that were read.
 * @param batches   that are whole.
 * @param records   in them, gaps of compaction not counted apart.
 * @param bytes     of these batches.
 * @param logStart  first offset found, -1 where there is no segment.
 * @param logEnd    offset behind the last whole batch, -1 where there is no segment.
 * @param lastEpoch of the last batch, -1 where there is none.
 * @param findings  in the order in which they were met.
 */
public record LogSummary(
    int segments,
    long batches,
    long records,
    long bytes,
    long logStart,
    long logEnd,
    int lastEpoch,
    List<LogFinding> findings)
{
    /**
     * @return whether records are damaged or lost.
     */
    public boolean isDamaged()
    {
        return findings.stream().anyMatch(
            (finding) -> LogFinding.Severity.DAMAGE == finding.kind().severity());
    }
}
