from django.urls import path

from server.payments.notifications import notification

urlpatterns = [
    path("notifications/<str:gateway>", notification, name="payment_notification"),
]
