package io.epona.engine.replica;

/**
 * Port: told whenever a guard of the protocol decided something, so that the simulator can tell which guards its runs
 * exercised. A guard that no run reaches is not tested. Called on the thread that owns the machine; must not throw.
 */
@FunctionalInterface
public interface Marks
{
    /** Takes no notice: production. */
    Marks NONE = (mark) ->
    {
    };

    /**
     * A guard decided.
     *
     * @param mark that names it.
     */
    void hit(Mark mark);
}
