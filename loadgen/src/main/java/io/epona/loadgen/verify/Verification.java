package io.epona.loadgen.verify;

/**
 * The outcome of holding what was received against what was sent.
 *
 * @param lost       acknowledged records that never came.
 * @param duplicated records that came more than once.
 * @param reordered  records that came after one sent later on the same stream.
 * @param corrupt    records whose checksum, identity or length was wrong, or that nobody had sent.
 * @param inDoubt    records accepted of whose fate nothing was heard.
 * @param refused    records acknowledged as not stored.
 * @param disorder   acknowledgements out of order.
 */
public record Verification(
    long lost, long duplicated, long reordered, long corrupt, long inDoubt, long refused, long disorder)
{
    /**
     * Call when the threads that own the two sides have ended.
     *
     * @param ledger     of the producers.
     * @param checker    of the consumers.
     * @param producers  number of producers.
     * @param partitions of all topics.
     * @return the outcome.
     */
    public static Verification of(
        final ProducerLedger ledger, final DeliveryChecker checker, final int producers, final int partitions)
    {
        long missing = 0;
        long phantoms = 0;
        for (int producer = 0; producer < producers; producer++)
        {
            for (int partition = 0; partition < partitions; partition++)
            {
                final StreamWindow window = checker.stream(producer, partition);
                missing += ledger.lost(producer, partition, window);
                phantoms += ledger.phantoms(producer, partition, window);
            }
        }

        // A record too damaged to be known by its header stands for one of those that are missing.
        return new Verification(
            Math.max(0, missing - checker.corruptOutOfPlace()),
            checker.duplicated(),
            checker.reordered(),
            checker.corrupt() + phantoms,
            ledger.inDoubt(),
            ledger.refused(),
            ledger.disorder());
    }
}
