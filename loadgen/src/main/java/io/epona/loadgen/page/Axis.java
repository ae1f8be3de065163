package io.epona.loadgen.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;

/**
 * An axis of a plot: which share of its length a value lies at, and where its ticks are.
 *
 * @param title of the axis with its unit.
 * @param scale from a value to a coordinate, increasing.
 * @param low   least coordinate.
 * @param high  greatest coordinate, above low.
 * @param ticks with their labels.
 */
record Axis(String title, DoubleUnaryOperator scale, double low, double high, List<Tick> ticks)
{
    private static final int LINEAR_TICKS = 5;
    private static final double[] NICE = {1, 2, 5, 10};

    /**
     * @param value on the axis.
     * @param label of it.
     */
    record Tick(double value, String label)
    {
    }

    /**
     * @param title of the axis.
     * @param max   greatest value, at least 0.
     * @param label of a value.
     * @return from 0 in even steps.
     */
    static Axis linear(final String title, final double max, final DoubleFunction<String> label)
    {
        final double step = niceStep((max > 0 ? max : 1) / LINEAR_TICKS);
        final double high = step * Math.ceil((max > 0 ? max : 1) / step);
        final List<Tick> ticks = new ArrayList<>();
        for (int i = 0; i * step <= high * (1 + 1e-9); i++)
        {
            ticks.add(new Tick(i * step, label.apply(i * step)));
        }

        return new Axis(title, (value) -> value, 0, high, ticks);
    }

    /**
     * @param title of the axis.
     * @param min   least value, above 0.
     * @param max   greatest value.
     * @param label of a value.
     * @return logarithmic, over whole decades that hold both; where they are less than two, ticks at 2 and 5 too.
     */
    static Axis log(final String title, final double min, final double max, final DoubleFunction<String> label)
    {
        final int first = (int)Math.floor(Math.log10(min));
        final int last = Math.max(first + 1, (int)Math.ceil(Math.log10(max)));
        final List<Tick> ticks = new ArrayList<>();
        for (int decade = first; decade <= last; decade++)
        {
            for (final int digit : last - first <= 2 && decade < last ? new int[]{1, 2, 5} : new int[]{1})
            {
                final double value = digit * Math.pow(10, decade);
                ticks.add(new Tick(value, label.apply(value)));
            }
        }

        return new Axis(title, Math::log10, first, last, ticks);
    }

    /**
     * @param title of the axis.
     * @param low   least ratio, above 0, below 1.
     * @param high  greatest ratio, above 1.
     * @return logarithmic and as far below 1 as above it.
     */
    static Axis ratio(final String title, final double low, final double high)
    {
        final double reach = Math.max(1.05, 1.05 * Math.max(high, 1 / low));
        final double[] steps = reach > 3 ? new double[]{2, 5, 10, 20, 50, 100, 1000} :
            reach > 1.4 ? new double[]{1.25, 1.5, 2, 2.5} : new double[]{1.02, 1.05, 1.1, 1.2, 1.3};
        final List<Tick> ticks = new ArrayList<>(List.of(new Tick(1, "1")));
        for (final double step : steps)
        {
            if (step <= reach)
            {
                ticks.add(new Tick(step, String.format(Locale.ROOT, "%.3g", step)));
                ticks.add(new Tick(1 / step, String.format(Locale.ROOT, "%.3g", 1 / step)));
            }
        }

        return new Axis(title, Math::log, -Math.log(reach), Math.log(reach), ticks);
    }

    /**
     * @param title of the axis.
     * @param nines greatest percentile as its number of nines: 3 for 99.9 %.
     * @return of percentiles, from 0 %; each nine takes the same length.
     */
    static Axis percentile(final String title, final double nines)
    {
        final List<Tick> ticks = new ArrayList<>(List.of(new Tick(0, "0 %"), new Tick(50, "50 %")));
        final int last = Math.max(1, (int)Math.ceil(nines));
        for (int i = 1; i <= last; i++)
        {
            final String label = i < 3 ? "9".repeat(i) + (1 == i ? "0" : "") : "99." + "9".repeat(i - 2);
            ticks.add(new Tick(100 * (1 - Math.pow(10, -i)), label + " %"));
        }

        return new Axis(title, (value) -> -Math.log10(1 - value / 100), 0, last, ticks);
    }

    private static double niceStep(final double least)
    {
        final double decade = Math.pow(10, Math.floor(Math.log10(least)));
        for (final double nice : NICE)
        {
            if (nice * decade >= least * (1 - 1e-9))
            {
                return nice * decade;
            }
        }

        return 10 * decade;
    }

    /**
     * @param value on the axis.
     * @return share of the axis' length, 0 to 1; outside of it for a value beyond its ends.
     */
    double share(final double value)
    {
        return (scale.applyAsDouble(value) - low) / (high - low);
    }
}
