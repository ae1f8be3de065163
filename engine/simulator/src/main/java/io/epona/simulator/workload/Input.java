package io.epona.simulator.workload;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that happens to a cluster from outside. Immutable: any thread.
 *
 * @param timeMs simulated ms at which it happens.
 * @param kind   what it is.
 * @param a      see the kind.
 * @param b      see the kind.
 * @param n      see the kind.
 */
public record Input(long timeMs, InputKind kind, int a, int b, int n) implements Comparable<Input>
{
    @Override
    public int compareTo(final Input that)
    {
        return Long.compare(timeMs, that.timeMs);
    }

    /**
     * Read what {@link #toString()} wrote.
     *
     * @param line such as {@code 1500 CUT 1 2 300}.
     * @return the input.
     */
    public static Input parse(final String line)
    {
        final String[] words = line.trim().split(" +");
        if (5 != words.length)
        {
            throw new IllegalArgumentException("five words expected: " + line);
        }

        return new Input(
            Long.parseLong(words[0]), InputKind.valueOf(words[1]), Integer.parseInt(words[2]),
            Integer.parseInt(words[3]), Integer.parseInt(words[4]));
    }

    /**
     * Read a list, one to a line; empty lines and those that begin with # are left out.
     *
     * @param text to read.
     * @return the inputs, in the order of the lines.
     */
    public static List<Input> parseAll(final String text)
    {
        final List<Input> result = new ArrayList<>();
        for (final String line : text.split("\n"))
        {
            if (!line.isBlank() && !line.startsWith("#"))
            {
                result.add(parse(line));
            }
        }

        return result;
    }

    @Override
    public String toString()
    {
        return timeMs + " " + kind + " " + a + " " + b + " " + n;
    }
}
