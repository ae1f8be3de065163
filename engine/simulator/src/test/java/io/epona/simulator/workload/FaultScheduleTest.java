package io.epona.simulator.workload;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FaultScheduleTest
{
    @Test
    void shouldDrawTheSameForTheSameSeed()
    {
        final Scenario scenario = Scenario.of(42);
        assertEquals(scenario, Scenario.of(42));
        assertEquals(FaultSchedule.of(scenario, true), FaultSchedule.of(scenario, true));
    }

    @Test
    void shouldWriteAndReadInputsAndScenarios()
    {
        final Scenario scenario = Scenario.of(7);
        assertEquals(scenario, Scenario.parse(scenario.toString()));
        final List<Input> inputs = FaultSchedule.of(scenario, true);
        final StringBuilder text = new StringBuilder("# a seed\n");
        inputs.forEach((input) -> text.append(input).append('\n'));
        assertEquals(inputs, Input.parseAll(text.toString()));
    }

    @Test
    void shouldHaveEnoughFaultsInEachRunAndEveryKindInSome()
    {
        final Set<InputKind> seen = EnumSet.noneOf(InputKind.class);
        for (int seed = 0; seed < 200; seed++)
        {
            final Scenario scenario = Scenario.of(seed);
            final List<Input> inputs = FaultSchedule.of(scenario, true);
            assertTrue(inputs.stream().filter((input) -> input.kind().isFault()).count() >= 3, "seed " + seed);
            for (final Input input : inputs)
            {
                seen.add(input.kind());
                assertTrue(input.timeMs() >= 0, input.toString());
            }
        }
        final Set<InputKind> missing = EnumSet.complementOf(EnumSet.copyOf(seen));
        missing.remove(InputKind.WIPE);
        assertEquals(Set.of(), missing);
    }

    @Test
    void shouldHaveNoFaultsWhereNoneAreWanted()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            final List<Input> inputs = FaultSchedule.of(Scenario.of(seed), false);
            assertFalse(inputs.stream().anyMatch((input) -> input.kind().isFault()));
        }
    }
}
