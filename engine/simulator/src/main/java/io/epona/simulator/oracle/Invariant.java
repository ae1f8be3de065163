package io.epona.simulator.oracle;

/**
 * What must hold in every run. C is the committed sequence of a partition: it grows when the high watermark of any
 * broker in the leader's role first passes an offset. Immutable: any thread.
 */
public enum Invariant
{
    /** At most one life of one broker leads, or stamps batches, in one leader epoch. */
    I1("one leader in an epoch"),
    /** Leader epochs never fall, and no batch is of a higher epoch than its replica. */
    I2("epochs never fall"),
    /** The same epoch at the same offset means the same log up to there. */
    I3("logs match"),
    /** Who becomes leader by a clean election holds all of C. */
    I4("the leader is complete"),
    /** Whoever may be elected holds all of C. */
    I5("candidates are complete"),
    /** Whoever may be elected is waited for by the leader that commits. */
    I6("the effective in-sync replicas cover all candidates"),
    /** Log start, high watermark and log end are in order, and members hold what is below the high watermark. */
    I7("the high watermark is held"),
    /** High watermark and C never fall. */
    I8("the high watermark never falls"),
    /** Nothing below a high watermark and nothing of C is cut from a candidate. */
    I9("no truncation of what is committed"),
    /** What is acknowledged by all is in C, with enough replicas in sync. */
    I10("acknowledged is committed"),
    /** A consumer gets a contiguous slice of C, each offset once. */
    I11("consumers read what is committed"),
    /** A producer's sequences are in C once each, in order. */
    I12("sequences once and in order"),
    /** Each change of a state carries the current epochs of its writer. */
    I13("writers are not fenced"),
    /** Who is added to the in-sync replicas is the registered life of its broker, and complete. */
    I14("added members are complete"),
    /** What a log derives from its batches equals what a scan gives. */
    I15("derived state equals the log"),
    /** A completion fires in the epoch of its append. */
    I16("completions in their epoch"),
    /** Messages of former lives, syncs, epochs and topics change nothing. */
    I18("stale messages change nothing"),
    /** Memory is bounded, and inbound is polled whatever outbound does. */
    I19("no queue grows and nobody starves"),
    /** Recovery gives a log that this replica had at some moment. */
    I20("recovered logs were real"),
    /** The function that changes a partition's state refuses what no leader and no controller may do. */
    TRANSITION("illegal changes of a state are refused"),
    /** Operators are told what is wrong with a request, and nothing comes of it. */
    REQUESTS("wrong requests are refused"),
    /** A record sent after another one was acknowledged lies behind it. */
    REAL_TIME("the log keeps the order of real time"),
    /** After healing, everything that may be available becomes available. */
    LIVENESS("progress after healing"),
    /** No check inside the machines themselves fails. */
    ASSERTION("the machines' own checks");

    private final String words;

    Invariant(final String words)
    {
        this.words = words;
    }

    /**
     * @return what it says, in a few words.
     */
    public String words()
    {
        return words;
    }
}
