"""BERTopic's twelve figures: each first as numbers (``x_data``, a frozen record), then drawn (``visualize_x``).

Every function takes a fitted model, or a snapshot of one. Plotly is imported when a figure is drawn;
numbers need no Plotly.
"""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "ApproximateDistributionData": ".approximate_distribution",
        "BarchartData": ".barchart",
        "DistributionData": ".distribution",
        "DocumentsData": ".documents",
        "HeatmapData": ".heatmap",
        "HierarchicalDocumentsData": ".hierarchical_documents",
        "HierarchyData": ".hierarchy",
        "OverTimeData": ".over_time",
        "PerClassData": ".per_class",
        "TermRankData": ".term_rank",
        "TopicsData": ".topics",
        "approximate_distribution_data": ".approximate_distribution",
        "barchart_data": ".barchart",
        "distribution_data": ".distribution",
        "documents_data": ".documents",
        "heatmap_data": ".heatmap",
        "hierarchical_documents_data": ".hierarchical_documents",
        "hierarchy_data": ".hierarchy",
        "over_time_data": ".over_time",
        "per_class_data": ".per_class",
        "save_figure": ".export",
        "term_rank_data": ".term_rank",
        "topics_data": ".topics",
        "visualize_approximate_distribution": ".approximate_distribution",
        "visualize_barchart": ".barchart",
        "visualize_distribution": ".distribution",
        "visualize_document_datamap": ".datamap",
        "visualize_documents": ".documents",
        "visualize_heatmap": ".heatmap",
        "visualize_hierarchical_documents": ".hierarchical_documents",
        "visualize_hierarchy": ".hierarchy",
        "visualize_term_rank": ".term_rank",
        "visualize_topics": ".topics",
        "visualize_topics_over_time": ".over_time",
        "visualize_topics_per_class": ".per_class",
    },
)
