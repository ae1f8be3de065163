package io.epona.simulator.oracle;

/**
 * An invariant that was seen broken. Immutable: any thread.
 *
 * @param invariant that was broken.
 * @param text      what was seen.
 */
public record Violation(Invariant invariant, String text)
{
    /**
     * @param that of another run.
     * @return whether it is the same invariant, and the same words about it but for who and where.
     */
    public boolean isLike(final Violation that)
    {
        return invariant == that.invariant && words(text).equals(words(that.text));
    }

    private static String words(final String text)
    {
        return text.replaceAll("[:\\[].*", "").replaceAll("[0-9]+", "#");
    }

    @Override
    public String toString()
    {
        return invariant + " (" + invariant.words() + "): " + text;
    }
}
