package io.epona.broker.replication;

/**
 * A stream of another broker was turned away. Only recorded, never thrown to a caller.
 */
final class LinkRefusedException extends RuntimeException
{
    private static final long serialVersionUID = 1;

    LinkRefusedException(final Refusal refusal)
    {
        super(refusal.text());
    }
}
