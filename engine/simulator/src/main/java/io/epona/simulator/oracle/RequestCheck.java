package io.epona.simulator.oracle;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.PartitionState;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;

/**
 * What operators are answered, and what became of requests that make no sense: nothing.
 * <p>
 * Owned by the thread of its world.
 */
public final class RequestCheck
{
    private final Verdicts verdicts;
    private final int brokers;

    /**
     * @param verdicts to tell.
     * @param brokers  number of brokers that there are, ids from 1.
     */
    public RequestCheck(final Verdicts verdicts, final int brokers)
    {
        this.verdicts = verdicts;
        this.brokers = brokers;
    }

    /**
     * A request was answered that cannot be done.
     *
     * @param request  that it was.
     * @param answer   given, null for done.
     * @param expected answers that say what is wrong with it.
     */
    public void onAnswer(final String request, final ResultCode answer, final List<ResultCode> expected)
    {
        verdicts.check(
            Invariant.REQUESTS, null != answer && expected.contains(answer),
            () -> request + " was answered " + answer + ", not one of " + expected);
    }

    /**
     * A request was made that cannot even be sent.
     *
     * @param request   that it was.
     * @param isRefused whether it was refused where it was made.
     */
    public void onUnsendable(final String request, final boolean isRefused)
    {
        verdicts.check(Invariant.REQUESTS, isRefused, () -> request + " was sent");
    }

    /**
     * Look whether the tree shows anything of a request that has to be refused.
     *
     * @param topics names of those that exist.
     * @param asked  names that somebody asked for with a request that makes sense.
     * @param states of partitions.
     */
    public void check(
        final Collection<String> topics, final Collection<String> asked, final List<PartitionState> states)
    {
        verdicts.check(
            Invariant.REQUESTS, asked.containsAll(topics), () -> "topics are " + topics + ", asked for " + asked);
        for (final PartitionState state : states)
        {
            verdicts.check(
                Invariant.REQUESTS,
                state.minIsr() >= 1 && new HashSet<>(state.replicas()).size() == state.replicas().size() &&
                state.replicas().stream().allMatch((id) -> id >= 1 && id <= brokers),
                () -> "nobody asked for " + state + " that may");
        }
    }
}
