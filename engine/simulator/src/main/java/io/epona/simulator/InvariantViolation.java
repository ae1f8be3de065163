package io.epona.simulator;

/**
 * A run showed something that must never be.
 */
public final class InvariantViolation extends RuntimeException
{
    private static final long serialVersionUID = 1;

    private final String invariant;

    /**
     * @param invariant that was broken: I1 to I20, LIVENESS, ASSERTION (of the machines) or DETERMINISM.
     * @param message   what was seen.
     */
    public InvariantViolation(final String invariant, final String message)
    {
        super(invariant + ": " + message);
        this.invariant = invariant;
    }

    /**
     * @param invariant that was broken.
     * @param message   what was seen.
     * @param cause     what was thrown.
     */
    public InvariantViolation(final String invariant, final String message, final Throwable cause)
    {
        super(invariant + ": " + message, cause);
        this.invariant = invariant;
    }

    /**
     * @return name of the invariant.
     */
    public String invariant()
    {
        return invariant;
    }
}
