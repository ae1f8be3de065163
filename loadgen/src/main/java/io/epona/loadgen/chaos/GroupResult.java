package io.epona.loadgen.chaos;

import io.epona.loadgen.verify.Verification;

import java.util.List;

/**
 * What came of rounds under one load.
 *
 * @param rounds       that were run to their end.
 * @param acked        records acknowledged.
 * @param delivered    records received.
 * @param verification of all of them, null where the load did not come to its end.
 * @param replicas     held against each other, null where they were not.
 * @param errors       that brokers and client reported, each once.
 * @param violations   what should not have been, beside those of the rounds.
 */
record GroupResult(
    List<RoundResult> rounds,
    long acked,
    long delivered,
    Verification verification,
    ReplicaComparison replicas,
    List<String> errors,
    List<String> violations)
{
    static final String HEADER =
        "group,name,rounds,acked,delivered,lost,duplicated,reordered,corrupt,in_doubt,refused,disorder," +
        "replica_logs,replica_bytes,replica_differences,verdict,violations";

    /** Nothing was wrong, and nothing late. */
    static final String PASS = "PASS";
    /** Nothing was wrong, but something late. */
    static final String LATE = "LATE";
    /** Something was wrong. */
    static final String FAIL = "FAIL";

    String verdict()
    {
        if (!violations.isEmpty() || rounds.stream().anyMatch((round) -> !round.violations().isEmpty()))
        {
            return FAIL;
        }

        return rounds.stream().allMatch((round) -> round.late().isEmpty()) ? PASS : LATE;
    }

    String csv(final int group, final String name)
    {
        final Verification v = null == verification ? new Verification(-1, -1, -1, -1, -1, -1, -1) : verification;
        final ReplicaComparison r = null == replicas ? new ReplicaComparison(0, 0, List.of()) : replicas;
        return group + "," + name + ',' + rounds.size() + ',' + acked + ',' + delivered + ',' + v.lost() +
            ',' + v.duplicated() + ',' + v.reordered() + ',' + v.corrupt() + ',' + v.inDoubt() + ',' + v.refused() +
            ',' + v.disorder() + ',' + r.logs() + ',' + r.bytes() + ',' + r.differences().size() + ',' +
            verdict() + ',' + String.join("; ", violations).replace(',', ' ').replace('\n', ' ');
    }
}
