package io.epona.loadgen.load;

import io.epona.loadgen.scenario.Scenario.KeyDist;
import io.epona.loadgen.scenario.Scenario.Keys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.HashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KeyTableTest
{
    private static final int COUNT = 1_000;

    private static long[] counts(final Keys keys)
    {
        final KeyTable table = new KeyTable(keys, 42, 4);
        final long[] counts = new long[keys.count()];
        for (int i = 0; i < KeyTable.DRAWN; i++)
        {
            counts[(int)table.key()]++;
            table.next();
        }
        return counts;
    }

    @ParameterizedTest
    @EnumSource(value = KeyDist.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aKeyAlwaysGoesToTheSamePartitionAndTheSameSeedDrawsTheSame(final KeyDist dist)
    {
        final KeyTable one = new KeyTable(new Keys(dist, COUNT, 0.99, 0.5), 42, 4);
        final KeyTable same = new KeyTable(new Keys(dist, COUNT, 0.99, 0.5), 42, 4);
        final Map<Long, Integer> partitions = new HashMap<>();
        final int[] ofPartition = new int[4];
        for (int i = 0; i < KeyTable.DRAWN + 10; i++)
        {
            assertEquals(one.key(), same.key());
            final Integer before = partitions.putIfAbsent(one.key(), one.partition());
            assertTrue(null == before || before == one.partition());
            if (null == before)
            {
                ofPartition[one.partition()]++;
            }
            one.next();
            same.next();
        }
        for (final int count : ofPartition)
        {
            assertTrue(count > partitions.size() / 8, () -> "keys of a partition: " + count);
        }
    }

    @Test
    void roundRobinTakesEachInTurn()
    {
        final KeyTable table = new KeyTable(new Keys(KeyDist.ROUND_ROBIN, 3, 0, 0), 1, 2);
        for (int i = 0; i < 10; i++)
        {
            assertEquals(i % 3, table.key());
            table.next();
        }
    }

    @Test
    void uniformKeysComeAlikeAndAHotOneWithItsShare()
    {
        final double even = (double)KeyTable.DRAWN / COUNT;
        for (final long count : counts(new Keys(KeyDist.UNIFORM, COUNT, 0, 0)))
        {
            assertEquals(even, count, 6 * Math.sqrt(even));
        }

        final long[] hot = counts(new Keys(KeyDist.HOT, COUNT, 0, 0.7));
        assertEquals(0.7, (double)hot[0] / KeyTable.DRAWN, 0.01);
        assertEquals(0.3 * even, hot[COUNT / 2], 6 * Math.sqrt(0.3 * even));
        assertEquals(KeyTable.DRAWN, counts(new Keys(KeyDist.HOT, 1, 0, 0.1))[0]);
    }

    @Test
    void zipfFollowsItsLaw()
    {
        final double theta = 0.99;
        double sum = 0;
        for (int i = 1; i <= COUNT; i++)
        {
            sum += Math.pow(i, -theta);
        }
        final long[] counts = counts(new Keys(KeyDist.ZIPF, COUNT, theta, 0));
        for (final int n : new int[]{1, 2, 10, 100, COUNT})
        {
            final double expected = KeyTable.DRAWN * Math.pow(n, -theta) / sum;
            assertEquals(expected, counts[n - 1], 6 * Math.sqrt(expected));
        }
    }
}
