package io.epona.simulator.model;

/**
 * A model with a bound, and what a walk through it has to show. Immutable; explored by one thread.
 */
public final class ModelCase
{
    private final String name;
    private final Model<?> model;
    private final String expected;

    /**
     * @param name     of the case.
     * @param model    to walk through.
     * @param expected what is planted has to be found as, or null where nothing must be found.
     */
    ModelCase(final String name, final Model<?> model, final String expected)
    {
        this.name = name;
        this.model = model;
        this.expected = expected;
    }

    /**
     * @return name, with the bound and what is planted.
     */
    public String name()
    {
        return name;
    }

    /**
     * @return whether a defect is planted that has to be found.
     */
    public boolean isPlanted()
    {
        return null != expected;
    }

    /**
     * Walk through the model.
     *
     * @param limit states after which to give up.
     * @return what was found.
     */
    public Exploration explore(final int limit)
    {
        return new Explorer<>(model, limit).run();
    }

    /**
     * @param exploration of this case.
     * @return whether it shows what it has to.
     */
    public boolean isAsExpected(final Exploration exploration)
    {
        return null == expected ? exploration.isClean() : expected.equals(exploration.broken());
    }

    @Override
    public String toString()
    {
        return name + (null == expected ? "" : ", to be found as " + expected);
    }
}
