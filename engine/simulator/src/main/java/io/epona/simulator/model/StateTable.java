package io.epona.simulator.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * States that were reached, each kept once and exactly: as the numbers of its parts, which recur in many states (the
 * collapse compression of the model checker SPIN). Numbers are given in the order of arrival. Owned by one thread.
 */
final class StateTable
{
    private static final int INITIAL = 1 << 16;

    private final int partCount;
    private final List<Map<Object, Integer>> numbers = new ArrayList<>();
    private final List<List<Object>> parts = new ArrayList<>();
    private final int[] scratch;
    private int[] tuples;
    private int[] index = new int[2 * INITIAL];
    private int count;

    /**
     * @param partCount of every state.
     */
    StateTable(final int partCount)
    {
        this.partCount = partCount;
        this.scratch = new int[partCount];
        this.tuples = new int[INITIAL * partCount];
        Arrays.fill(index, -1);
        for (int i = 0; i < partCount; i++)
        {
            numbers.add(new HashMap<>());
            parts.add(new ArrayList<>());
        }
    }

    int count()
    {
        return count;
    }

    /**
     * Take a state in.
     *
     * @param state      its parts.
     * @param from       parts of the state it came from, or null. A part that is the same object is not looked up.
     * @param fromNumber number of that state.
     * @return number of the state; one that is {@link #count()} before the call is new.
     */
    int add(final Object[] state, final Object[] from, final int fromNumber)
    {
        int hash = 17;
        for (int i = 0; i < partCount; i++)
        {
            scratch[i] = null != from && from[i] == state[i] ?
                tuples[fromNumber * partCount + i] : number(i, state[i]);
            hash = (hash ^ scratch[i]) * 0x9E3779B1;
            hash ^= hash >>> 15;
        }

        final int mask = index.length - 1;
        int slot = hash & mask;
        while (index[slot] >= 0)
        {
            if (isSame(index[slot]))
            {
                return index[slot];
            }
            slot = slot + 1 & mask;
        }

        index[slot] = count;
        if ((count + 1) * partCount > tuples.length)
        {
            tuples = Arrays.copyOf(tuples, tuples.length * 2);
        }
        System.arraycopy(scratch, 0, tuples, count * partCount, partCount);
        count++;
        if (count * 2 > index.length)
        {
            grow();
        }

        return count - 1;
    }

    Object[] get(final int number)
    {
        final Object[] state = new Object[partCount];
        for (int i = 0; i < partCount; i++)
        {
            state[i] = parts.get(i).get(tuples[number * partCount + i]);
        }

        return state;
    }

    private int number(final int part, final Object value)
    {
        final Integer known = numbers.get(part).get(value);
        if (null != known)
        {
            return known;
        }

        final int number = parts.get(part).size();
        numbers.get(part).put(value, number);
        parts.get(part).add(value);
        return number;
    }

    private boolean isSame(final int number)
    {
        return Arrays.equals(tuples, number * partCount, (number + 1) * partCount, scratch, 0, partCount);
    }

    private void grow()
    {
        index = new int[index.length * 2];
        Arrays.fill(index, -1);
        final int mask = index.length - 1;
        for (int number = 0; number < count; number++)
        {
            int hash = 17;
            for (int i = 0; i < partCount; i++)
            {
                hash = (hash ^ tuples[number * partCount + i]) * 0x9E3779B1;
                hash ^= hash >>> 15;
            }
            int slot = hash & mask;
            while (index[slot] >= 0)
            {
                slot = slot + 1 & mask;
            }
            index[slot] = number;
        }
    }
}
