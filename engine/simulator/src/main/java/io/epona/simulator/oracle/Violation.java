package io.epona.simulator.oracle;

/**
 * An invariant that was seen broken. Immutable: any thread.
 *
 * @param invariant that was broken.
 * @param text      what was seen.
 */
public record Violation(Invariant invariant, String text)
{
    @Override
    public String toString()
    {
        return invariant + " (" + invariant.words() + "): " + text;
    }
}
