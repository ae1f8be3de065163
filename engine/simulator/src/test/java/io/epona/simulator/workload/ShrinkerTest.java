package io.epona.simulator.workload;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ShrinkerTest
{
    private static List<Integer> upTo(final int end)
    {
        return new ArrayList<>(IntStream.range(0, end).boxed().toList());
    }

    @Test
    void shouldKeepWhatMattersAlone()
    {
        final List<Integer> needed = List.of(3, 57, 58, 99);
        final Shrinker<Integer> shrinker = new Shrinker<>((list) -> list.containsAll(needed), 10_000);
        assertEquals(needed, shrinker.shrink(upTo(100)));
    }

    @Test
    void shouldKeepEverythingThatMatters()
    {
        final Shrinker<Integer> shrinker = new Shrinker<>((list) -> 10 == list.size(), 10_000);
        assertEquals(upTo(10), shrinker.shrink(upTo(10)));
    }

    @Test
    void shouldStopWhenTheAttemptsAreUsed()
    {
        final int[] attempts = new int[1];
        final Shrinker<Integer> shrinker = new Shrinker<>((list) ->
        {
            attempts[0]++;
            return list.contains(1);
        }, 3);
        assertTrue(shrinker.shrink(upTo(1000)).contains(1));
        assertEquals(3, attempts[0]);
    }
}
