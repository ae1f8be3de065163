package io.epona.simulator.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;

/**
 * One thing that happens to a cluster from outside. Where a broker is meant, a number below 0 stands for a
 * {@link #replica} that is looked up when it happens. Immutable: any thread.
 *
 * @param timeMs simulated ms at which it happens.
 * @param kind   what it is.
 * @param a      see the kind.
 * @param b      see the kind.
 * @param n      see the kind.
 */
public record Input(long timeMs, InputKind kind, int a, int b, int n) implements Comparable<Input>
{
    /** Replicas that a partition has at most. */
    private static final int PLACES = 8;

    /**
     * @param slot  partition, counted over all topics.
     * @param place of a replica of it, from 0, which is the preferred leader.
     * @return number that stands for the broker of that replica.
     */
    static int replica(final int slot, final int place)
    {
        return -1 - slot * PLACES - place;
    }

    /**
     * @return whether it names brokers, and not replicas that there may not be.
     */
    boolean isCertain()
    {
        return a >= 0 && b >= 0;
    }

    /**
     * @param lookup of the broker of a replica, by slot and place, 0 where there is none.
     * @return this with brokers in place of replicas, or null where there is no such replica.
     */
    Input resolved(final IntBinaryOperator lookup)
    {
        if (isCertain())
        {
            return this;
        }

        final int first = broker(a, lookup);
        final int second = broker(b, lookup);
        return a < 0 && 0 == first || b < 0 && 0 == second ? null : new Input(timeMs, kind, first, second, n);
    }

    private static int broker(final int number, final IntBinaryOperator lookup)
    {
        return number >= 0 ? number : lookup.applyAsInt((-1 - number) / PLACES, (-1 - number) % PLACES);
    }

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
