package io.epona.engine.log;

/**
 * What becomes of old records.
 */
public enum CleanupPolicy
{
    /** Whole segments go by size and age. */
    DELETE(true, false),
    /** Of records with the same key the last one is kept. */
    COMPACT(false, true),
    /** Both. */
    COMPACT_DELETE(true, true);

    private final boolean isDeleting;
    private final boolean isCompacting;

    CleanupPolicy(final boolean isDeleting, final boolean isCompacting)
    {
        this.isDeleting = isDeleting;
        this.isCompacting = isCompacting;
    }

    /**
     * @return whether segments go by size and age.
     */
    public boolean isDeleting()
    {
        return isDeleting;
    }

    /**
     * @return whether only the last record of a key is kept.
     */
    public boolean isCompacting()
    {
        return isCompacting;
    }
}
