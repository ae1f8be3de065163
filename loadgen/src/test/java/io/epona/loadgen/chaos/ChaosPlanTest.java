package io.epona.loadgen.chaos;

import io.epona.loadgen.scenario.ScenarioException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ChaosPlanTest
{
    @Test
    void aFullRunHasEveryCategoryAndAShortOneFew()
    {
        final Map<Category, Integer> full = ChaosPlan.defaultRounds(false);
        assertEquals(100, full.get(Category.KILL));
        assertTrue(full.values().stream().allMatch((count) -> count > 0), full::toString);
        final Map<Category, Integer> few = ChaosPlan.defaultRounds(true);
        assertTrue(few.values().stream().mapToInt((count) -> count).sum() < 10, few::toString);
    }

    @Test
    void onlyWhatIsNamedIsRun()
    {
        assertEquals(
            Map.of(Category.KILL, 7, Category.PARTITION_ZK, 5),
            ChaosPlan.parse(List.of("kill=7", "partition-zk")));
    }

    @ParameterizedTest
    @ValueSource(strings = { "hug", "kill=", "kill=-1", "kill=many", "=3", "kill=10001" })
    void nonsenseIsRefused(final String word)
    {
        assertThrows(ScenarioException.class, () -> ChaosPlan.parse(List.of(word)));
    }
}
