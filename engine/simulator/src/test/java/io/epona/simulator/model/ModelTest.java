package io.epona.simulator.model;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Every state within the small bounds; what is planted is found there by the invariant that its case names. */
class ModelTest
{
    private static final int LIMIT = 1_000_000;

    private static List<ModelCase> small()
    {
        return ModelSuite.small();
    }

    private static List<ModelCase> redundant()
    {
        return ModelSuite.redundant();
    }

    @ParameterizedTest
    @MethodSource("small")
    void shouldFindWhatIsPlantedAndNothingElse(final ModelCase one)
    {
        final Exploration found = one.explore(LIMIT);
        assertTrue(one.isAsExpected(found), () -> one + ": " + found);
    }

    /** A guard that is listed as a second fence is one. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("redundant")
    void shouldFindNothingWithoutASecondFence(final ModelCase one)
    {
        final Exploration found = one.explore(LIMIT);
        assertTrue(one.isAsExpected(found), () -> one + ": " + found);
    }

    @Test
    void shouldPlantEveryDefectThatIsNotASecondFence()
    {
        final int wrongs = IsrWrong.values().length + SyncModel.Wrong.values().length + LifeModel.Wrong.values().length;
        assertEquals(wrongs, small().stream().filter(ModelCase::isPlanted).count() + redundant().size());
    }

    /** Steps forward by one or two up to an end; a fault leads to a place from where nothing goes on. */
    private record Line(int end, int bad, int pit) implements Model<Integer>
    {
        @Override
        public Integer initial()
        {
            return 0;
        }

        @Override
        public void steps(final Integer state, final Steps<Integer> steps)
        {
            if (state >= 0 && state < end)
            {
                steps.step("one", 1, -1, state + 1);
                steps.step("two", 2, -1, Math.min(end, state + 2));
            }
            if (pit == state)
            {
                steps.fault("fall", -1, -1, -1);
            }
        }

        @Override
        public String broken(final Integer state)
        {
            return bad == state ? "BAD" : null;
        }

        @Override
        public boolean isSettled(final Integer state)
        {
            return end == state;
        }

        @Override
        public Object[] parts(final Integer state)
        {
            return new Object[]{ state };
        }

        @Override
        public Integer whole(final Object[] parts)
        {
            return (Integer)parts[0];
        }
    }

    @Test
    void shouldVisitEveryStateOnce()
    {
        final Exploration found = new Explorer<>(new Line(200_000, -2, -2), LIMIT).run();
        assertTrue(found.isClean());
        assertEquals(200_001, found.states());
        assertEquals(100_000, found.depth());
        assertEquals(1, found.settled());
    }

    @Test
    void shouldTellAShortestWay()
    {
        final Exploration found = new Explorer<>(new Line(100, 5, -2), LIMIT).run();
        assertEquals("BAD", found.broken());
        assertEquals(4, found.way().size());
        assertEquals("5", found.way().get(3));
    }

    @Test
    void shouldFindWhereNothingLeadsOn()
    {
        final Exploration found = new Explorer<>(new Line(10, -2, 7), LIMIT).run();
        assertEquals(Exploration.NOT_LIVE, found.broken());
        assertEquals("fall -1", found.way().get(found.way().size() - 2));
    }

    @Test
    void shouldNotTakeAPartForTheWhole()
    {
        final Exploration found = new Explorer<>(new Line(100, -2, -2), 50).run();
        assertFalse(found.isClean());
        assertFalse(found.isComplete());
    }
}
