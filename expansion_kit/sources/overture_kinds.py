"""
Overture's categories as ours: what a place sells, or why people go there.

Both taxonomies are known: `categories.primary` until 2026, and `taxonomy` with its way from general to particular.
"""

_STORES = {
    "coffee": "cafe coffee_shop coffee_roastery hong_kong_style_cafe",
    "tea": "bubble_tea tea_room bubble_tea_shop tea_house",
    "fast_food": """
        fast_food_restaurant food_court food_stand food_truck friterie sandwich_shop doner_kebab burger_restaurant
        pizza_delivery_service chicken_wings_restaurant hot_dog_restaurant fish_and_chips_restaurant
    """,
    "restaurant": "restaurant bistro brasserie diner cafeteria canteen gastropub pancake_house casual_eatery",
    "bar": "bar pub beer_bar beer_garden wine_bar cocktail_bar sports_bar irish_pub whiskey_bar dance_club nightlife",
    "ice_cream": "ice_cream_shop ice_cream_and_frozen_yoghurt gelato frozen_yoghurt_shop",
    "bakery": "bakery patisserie_cake_shop cupcake_shop custom_cakes_shop bagel_shop donuts pretzels",
    "sweets": "candy_store chocolatier desserts indian_sweets_shop japanese_confectionery_shop",
    "tea_leaves": "coffee_and_tea_supplies",
    "supermarket": "supermarket superstore",
    "convenience": "convenience_store",
    "kiosk": "kiosk newspaper_and_magazines_store",
    "groceries": """
        grocery_store specialty_grocery_store international_grocery_store asian_grocery_store organic_grocery_store
        butcher_shop meat_shop cheese_shop delicatessen fishmonger seafood_market fruits_and_vegetables
        health_food_store specialty_foods herb_and_spice_shop dairy_stores imported_food rice_shop
    """,
    "drinks": "beer_wine_and_spirits liquor_store beverage_store winery",
    "tobacco": "tobacco_shop e_cigarette_store",
    "clothes": """
        clothing_store womens_clothing_store mens_clothing_store childrens_clothing_store boutique fashion
        fashion_accessories_store lingerie_store bridal_shop designer_clothing hat_shop
    """,
    "shoes": "shoe_store",
    "bags": "handbag_stores leather_goods luggage_store",
    "jewellery": "jewelry_store watch_store",
    "cosmetics": "cosmetic_and_beauty_supplies perfume_store",
    "drugstore": "drugstore",
    "beauty": "beauty_salon nail_salon massage beauty_and_spa spas tattoo_and_piercing",
    "hairdresser": "hair_salon barber",
    "optician": "eyewear_and_optician sunglasses_store",
    "pharmacy": "pharmacy",
    "books": "bookstore used_bookstore academic_bookstore comic_books_store cards_and_stationery_store",
    "electronics": "electronics computer_store appliance_store audio_visual_equipment_store video_game_store",
    "phones": "mobile_phone_store mobile_phone_accessories",
    "furniture": "furniture_store mattress_store lighting_store home_decor carpet_store",
    "homeware": "home_goods_store kitchen_supply_store kitchen_and_bath",
    "hardware": "hardware_store home_improvement_store do_it_yourself_store paint_store building_supply_store",
    "sports": "sporting_goods sports_wear outdoor_gear",
    "bicycles": "bicycle_shop",
    "toys": "toy_store baby_gear_and_furniture tabletop_games",
    "gifts": "gift_shop souvenir_shop",
    "flowers": "florist",
    "pets": "pet_store",
    "department_store": "department_store",
    "variety_store": "discount_store",
    "laundry": "laundry_services dry_cleaning laundromat",
    "travel": "travel_agents",
    "second_hand": "thrift_store antique_store used_vintage_and_consignment",
    "art": "art_supply_store arts_and_crafts framing_store craft_shop",
    "photo": "photography_store_and_services",
    "cars": "car_dealer auto_parts_and_supply_store tire_shop",
}
_PEOPLE_GO = {
    "school": "school elementary_school middle_school high_school public_school private_school preschool",
    "university": "college_university university campus_building",
    "hospital": "hospital",
    "clinic": "medical_center",
    "mall": "shopping_center shopping_mall",
    "market": "farmers_market public_market night_market flea_market",
    "hotel": "hotel",
    "office": "coworking_space corporate_office",
    "public_office": "town_hall courthouse local_and_state_government_offices central_government_office",
    "culture": "library cinema movie_theater theatre museum art_museum",
    "sight": "landmark_and_historical_building amusement_park tourist_attraction zoo stadium_arena",
}
_STATIONS = {
    "metro": "metro_station light_rail_and_subway_stations subway_station",
    "railway": "train_station",
    "bus": "bus_station",
    "ferry": "ferry_service ferry_terminal",
}
_SHOPS = ("food_and_drink", "eat_and_drink", "shopping", "retail")  # what the taxonomies call these, at their top
_NO_SHOP = {"online_shop", "food_delivery_service", "food_bank", "vending_machine", "atms"}


def _turned(kinds):
    return {code: name for name, codes in kinds.items() for code in codes.split()}


_KINDS = {
    code: (table, name)
    for table, kinds in (("stores", _STORES), ("generators", _PEOPLE_GO), ("stations", _STATIONS))
    for code, name in _turned(kinds).items()
}


def kind_of(category, hierarchy=(), basic=""):
    """
    Which table a place belongs to and our word for it.

    Parameters
    ----------
    category : str or None
        Overture's own, the most particular one.
    hierarchy : sequence of str
        From general to particular, where the release has it.
    basic : str or None
        The basic category, where the release has it.

    Returns
    -------
    table : str
        `stores`, `generators`, `stations`, or empty: none of ours.
    kind : str
        Our category or kind; of a shop that we have no word for, Overture's.

    Examples
    --------
    >>> kind_of("coffee_shop"), kind_of("sushi_restaurant"), kind_of("museum")
    (('stores', 'coffee'), ('stores', 'restaurant'), ('generators', 'culture'))
    >>> kind_of("gas_station_sushi", ["food_and_drink", "restaurant", "casual_eatery", "gas_station_sushi"])
    ('stores', 'restaurant')
    >>> kind_of("wig_store"), kind_of("plumber"), kind_of(None)
    (('stores', 'wig_store'), ('', ''), ('', ''))
    """
    way = [code for code in (category, *reversed(list(hierarchy)), basic) if code]
    if not way or _NO_SHOP & set(way):
        return "", ""
    for code in way:
        known = _KINDS.get(code) or (("stores", "restaurant") if code.endswith("_restaurant") else None)
        if known:
            return known
    shop = [*hierarchy, category][0] in _SHOPS or way[0].endswith(("_store", "_shop", "_bar"))
    return ("stores", way[0]) if shop else ("", "")
