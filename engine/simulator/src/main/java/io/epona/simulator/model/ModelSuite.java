package io.epona.simulator.model;

import io.epona.simulator.model.IsrState.Budget;

import java.util.ArrayList;
import java.util.List;

/**
 * The models with the bounds that are walked through: small ones that take seconds, large ones that take minutes and
 * gigabytes. What is planted is found within the small ones. Any thread.
 */
public final class ModelSuite
{
    private ModelSuite()
    {
    }

    /**
     * @return cases of some seconds in all, defects to be found among them.
     */
    public static List<ModelCase> small()
    {
        final List<ModelCase> cases = new ArrayList<>();
        cases.add(isr(2, 1, "110110"));
        cases.add(isr(2, 1, "101001"));
        cases.add(isr(2, 2, "110100"));
        cases.add(isr(3, 2, "100100"));
        cases.add(isr(3, 2, "001100"));
        cases.add(isr(3, 2, "000110"));
        cases.add(sync(2, 1, 0, 2));
        cases.add(sync(1, 1, 1, 2));
        cases.add(life(1, "200001"));
        cases.add(life(1, "110101"));
        cases.add(life(1, "211000"));
        cases.add(life(1, "110010"));
        plantedIsr(cases);
        plantedSync(cases);
        plantedLife(cases);

        return cases;
    }

    /**
     * @return cases of minutes, and of up to some gigabytes of memory.
     */
    public static List<ModelCase> large()
    {
        final List<ModelCase> cases = new ArrayList<>();
        cases.add(isr(2, 1, "111110"));
        cases.add(isr(3, 2, "100110"));
        cases.add(isr(3, 2, "110010"));
        cases.add(sync(2, 2, 0, 2));
        cases.add(sync(2, 1, 1, 2));
        cases.add(life(2, "210010"));

        return cases;
    }

    /**
     * Guards that are left out without harm within these bounds: each is a second fence, and listed as such.
     *
     * @return cases that have to be clean though something is left out.
     */
    public static List<ModelCase> redundant()
    {
        final List<ModelCase> cases = new ArrayList<>();
        cases.add(isr(2, 1, "110100", IsrWrong.LIFE_IS_NOT_COMPARED, null));
        cases.add(sync(2, 1, 0, 2, SyncModel.Wrong.LAST_EPOCH_IS_NOT_COMPARED, null));
        cases.add(sync(1, 1, 1, 2, SyncModel.Wrong.EPOCH_IS_NOT_COMPARED, null));
        cases.add(sync(2, 1, 0, 2, SyncModel.Wrong.ACK_OF_ANY_SYNC, null));
        cases.add(life(1, "211000", LifeModel.Wrong.MARKER_STAYS, null));
        cases.add(life(1, "211000", LifeModel.Wrong.MARKER_END_IS_NOT_COMPARED, null));

        return cases;
    }

    private static void plantedIsr(final List<ModelCase> cases)
    {
        cases.add(isr(2, 1, "100100", IsrWrong.UNKNOWN_IS_REFUSED, "I6"));
        cases.add(isr(2, 1, "100100", IsrWrong.READ_DECIDES, "I6"));
        cases.add(isr(2, 1, "100010", IsrWrong.STALE_IS_APPLIED, Exploration.NOT_LIVE));
        cases.add(isr(2, 1, "110000", IsrWrong.MEMBER_IS_NOT_CHECKED, "I14"));
        cases.add(isr(2, 1, "101000", IsrWrong.SELF_IS_NOT_CHECKED, "I13"));
        cases.add(isr(2, 1, "200000", IsrWrong.ELECTED_IS_NOT_CHECKED, "I14"));
        cases.add(isr(2, 1, "100100", IsrWrong.RETRIED_FOR_EVER, Exploration.NOT_LIVE));
        cases.add(isr(2, 1, "100000", IsrWrong.PENDING_IS_NOT_COUNTED, "I5"));
        cases.add(isr(2, 1, "000010", IsrWrong.SHRUNK_IS_NOT_COUNTED, "I5"));
        cases.add(isr(3, 1, "000020", IsrWrong.PROGRESS_IS_KEPT, "I5"));
        cases.add(isr(3, 2, "200000", IsrWrong.START_IS_NOT_REACHED, "I5"));
        cases.add(isr(2, 2, "100000", IsrWrong.MIN_ISR_IS_IGNORED, "I5"));
        cases.add(isr(2, 1, "110000", IsrWrong.LOSS_IS_NOT_TOLD, "I5"));
        cases.add(isr(2, 1, "110000", IsrWrong.FORMER_LIFE_LEADS, "I4"));
        cases.add(isr(2, 1, "100010", IsrWrong.RESIGNS_ONCE, Exploration.NOT_LIVE));
        cases.add(isr(2, 1, "100110", IsrWrong.RESIGNS_AGAIN, "RESIGN"));
    }

    private static void plantedSync(final List<ModelCase> cases)
    {
        cases.add(sync(2, 1, 0, 2, SyncModel.Wrong.PROGRESS_BEFORE_MATCH, "MATCH"));
        cases.add(sync(1, 1, 1, 2, SyncModel.Wrong.SYNC_IS_NOT_COMPARED, "I7"));
        cases.add(sync(2, 2, 0, 2, SyncModel.Wrong.ONE_ROUND, "I7"));
        cases.add(sync(2, 1, 0, 2, SyncModel.Wrong.NO_OWN_ENTRY, "I7"));
        cases.add(sync(2, 1, 0, 2, SyncModel.Wrong.OFFSET_IS_NOT_COMPARED, "MATCH"));
        cases.add(sync(2, 1, 1, 2, SyncModel.Wrong.NO_SYNC_WITH_SAME_LEADER, "MATCH"));
        cases.add(sync(2, 1, 1, 2, SyncModel.Wrong.ACK_OF_ANY_LIFE, "I7"));
    }

    private static void plantedLife(final List<ModelCase> cases)
    {
        cases.add(life(1, "211000", LifeModel.Wrong.BOOT_IS_NOT_COMPARED, "I5"));
        cases.add(life(1, "211000", LifeModel.Wrong.PUBLISHED_IS_NOT_COMPARED, "I5"));
        cases.add(life(1, "200010", LifeModel.Wrong.OWNER_IS_NOT_COMPARED, "I5"));
        cases.add(life(1, "110010", LifeModel.Wrong.MARKER_LIFE_IS_NOT_COMPARED, "I5"));
        cases.add(life(1, "110010", LifeModel.Wrong.MARKER_STAYS_AND_COUNTS, "I5"));
        cases.add(life(1, "211000", LifeModel.Wrong.OWNED_BEFORE_REGISTERED, "AVAILABILITY"));
        cases.add(life(1, "211000", LifeModel.Wrong.OWNER_BEFORE_PUBLISHED, "I5"));
        cases.add(life(1, "110101", LifeModel.Wrong.SECOND_ATTEMPT_IS_CLEAN, "I5"));
        cases.add(life(1, "110101", LifeModel.Wrong.DAMAGE_IS_NOT_TOLD, "I5 on disk"));
        cases.add(life(1, "211000", LifeModel.Wrong.LOSS_IS_NOT_TOLD, "I5"));
        cases.add(life(1, "110010", LifeModel.Wrong.COPY_IS_NOT_EXCLUDED, "I5 on disk"));
    }

    private static ModelCase isr(final int count, final int minIsr, final String budget)
    {
        return isr(count, minIsr, budget, null, null);
    }

    /** The digits of a budget are in the order of {@link Budget}. */
    private static ModelCase isr(
        final int count, final int minIsr, final String budget, final IsrWrong wrong, final String expected)
    {
        return new ModelCase(
            "isr " + count + " brokers, minIsr " + minIsr + ", faults " + budget + planted(wrong),
            new IsrModel(
                count, minIsr, 1,
                new Budget(
                    digit(budget, 0), digit(budget, 1), digit(budget, 2), digit(budget, 3), digit(budget, 4),
                    digit(budget, 5)),
                wrong),
            expected);
    }

    private static ModelCase sync(final int records, final int elections, final int bounces, final int underWay)
    {
        return sync(records, elections, bounces, underWay, null, null);
    }

    private static ModelCase sync(
        final int records, final int elections, final int bounces, final int underWay, final SyncModel.Wrong wrong,
        final String expected)
    {
        return new ModelCase(
            "sync " + records + " records, " + elections + " elections, " + bounces + " bounces, " + underWay +
            " messages" + planted(wrong),
            new SyncModel(records, elections, bounces, underWay, wrong),
            expected);
    }

    private static ModelCase life(final int records, final String budget)
    {
        return life(records, budget, null, null);
    }

    /** The digits of a budget are in the order of {@link LifeState.Budget}. */
    private static ModelCase life(
        final int records, final String budget, final LifeModel.Wrong wrong, final String expected)
    {
        return new ModelCase(
            "life " + records + " records, faults " + budget + planted(wrong),
            new LifeModel(
                records,
                new LifeState.Budget(
                    digit(budget, 0), digit(budget, 1), digit(budget, 2), digit(budget, 3), digit(budget, 4),
                    digit(budget, 5)),
                wrong),
            expected);
    }

    private static int digit(final String text, final int index)
    {
        return text.charAt(index) - '0';
    }

    private static String planted(final Enum<?> wrong)
    {
        return null == wrong ? "" : ", " + wrong;
    }
}
