package io.epona.engine.cluster;

/**
 * A change of a {@link PartitionState} that the protocol forbids: whoever asked for it has a broken view, so it must
 * not go on with the partition. Never retried. The state is as it was.
 */
public final class IllegalTransitionException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    IllegalTransitionException(final String rule, final PartitionState state, final PartitionOp op)
    {
        super(rule + ": " + op + " on " + state);
    }
}
